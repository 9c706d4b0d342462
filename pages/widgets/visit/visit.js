// What a page cannot do without a script in the browser: the key of a visit lies in this tab's own storage, which lives
// through reloads and is shared with no other tab; keys undo and redo; Esc leaves the presenter's view or the tour,
// where nothing else is to be closed; a page that Streamlit emptied comes back; Back leaves a page at once; who
// works by keys stays where they were.

const KEPT = "latentfx-visit";
const LOOK_MS = 500; // between two looks at the page
const STEP = "tour"; // of the tour, in the address

// What Esc closes first: lists, popovers, dialogs, menus, tooltips, what fills the window.
export const OPEN =
  "[role=combobox][aria-expanded=true], [role=dialog], [role=menu], [role=tooltip], [data-testid=stPopoverBody], " +
  "[aria-label='Close fullscreen']";

let stop = () => {};
let tamed = false;
let asked = "";
let moves = 0; // keys for redo less those for undo: a number, so that none is lost while the page is busy

/** @returns {Storage | null} null where the browser keeps nothing for this page */
function store() {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

/** Whether keys write there, and undo what was written. @param {EventTarget | undefined} target */
function isText(target) {
  if (!(target instanceof Element)) return false;
  if (target.matches("[role=combobox]")) return target.getAttribute("aria-expanded") === "true";
  return target.matches("textarea, [contenteditable=true], input:not([type=range], [type=checkbox], [type=radio])");
}

/** What a key means for undo and redo: -1, 1, or 0 for nothing. @param {KeyboardEvent} event */
export function move(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || isText(event.composedPath()[0])) return 0;
  if (event.key.toLowerCase() === "z") return event.shiftKey ? 1 : -1;
  return event.key.toLowerCase() === "y" && !event.shiftKey ? 1 : 0;
}

/** The button that Esc stands for. @param {Pick<ParentNode, "querySelector">} page @returns {HTMLElement | null} */
function wayOut(page) {
  return page.querySelector(".st-key-present_leave button") ?? page.querySelector(".st-key-tour_leave button");
}

/**
 * What is added to the address of the page that is open, or changed in it, is no step for the browser's Back, which
 * would undo it: Streamlit makes one of each choice that a page is opened with. A step of the tour stays one.
 * @param {Pick<History, "pushState" | "replaceState">} history @param {() => string} here the address
 */
export function tame(history, here) {
  const push = history.pushState;
  history.pushState = (state, unused, url) => {
    const [now, then] = [new URL(here()), new URL(url ?? "", here())];
    const within = now.pathname === then.pathname && now.searchParams.get(STEP) === then.searchParams.get(STEP);
    if (within) history.replaceState(state, unused, url);
    else push.call(history, state, unused, url);
  };
}

/**
 * Finds a page without its title while nothing runs. What a part of a page reports while another page is on its way is
 * answered in the name of the page that was left; Streamlit then clears what stands there.
 */
export class Watch {
  constructor() {
    this.whole = false; // its title was there since the last finding, so that none is told of twice
    this.before = false; // it was not there at the look before: between two runs it may be away
  }

  /** @param {Pick<ParentNode, "querySelector">} page @returns {boolean} whether it has been emptied */
  look(page) {
    const titled = page.querySelector("[data-testid=stMain] h1") !== null;
    this.whole ||= titled;
    const missing = this.whole && !titled && page.querySelector("[data-test-script-state=notRunning]") !== null;
    const found = missing && this.before;
    this.before = missing && !found;
    if (found) this.whole = false;
    return found;
  }
}

const PAGE = "[data-testid=stMainBlockContainer] > *"; // all of it: who goes on to another page begins at its top
const FOCUSABLE = // but links to headings, and explanations, which open by it
  "button:not(:disabled, [aria-label^='Help for']), input:not(:disabled), textarea, a[href]:not([href^='#']), " +
  "[tabindex='0']";

/**
 * Where keys are at work. What is drawn anew, goes or cannot be pressed any more loses the focus, and the next Tab
 * would begin at the top of the page; so it goes to what has the same name now, which Streamlit writes into the class
 * of what has a key, or to the first thing in the innermost place around it that is still there.
 */
export class Focus {
  constructor() {
    this.byKeys = false; // the last thing that was pressed was a key
    /** @type {Element[]} */
    this.around = []; // what has the focus, and all that it stands in; empty where a pointer put it there
  }

  /** @param {EventTarget | null} target what has got the focus */
  took(target) {
    this.around = [];
    if (!this.byKeys || !(target instanceof Element)) return;
    for (let /** @type {Element | null} */ place = target; place && !place.matches(PAGE); place = place.parentElement) {
      this.around.push(place);
    }
    if (!this.around.at(-1)?.parentElement?.matches(PAGE)) this.around = []; // it is nowhere on the page
  }

  /** What is to get a lost focus. @param {Pick<ParentNode, "querySelector">} page @returns {Element | null} */
  lost(page) {
    const [at] = this.around;
    if (!at || (at.isConnected && !at.matches(":disabled"))) return null;
    if (page.querySelector("[data-test-script-state=notRunning]") === null) return null;
    for (const place of this.around) {
      const name = [...place.classList].find((one) => one.startsWith("st-key-"));
      const now = place.isConnected ? place : name ? page.querySelector(`.${CSS.escape(name)}`) : null;
      const found = now?.querySelector(FOCUSABLE);
      if (found) return found;
    }
    return null;
  }
}

const watch = new Watch();
const focus = new Focus();

/**
 * @param {{
 *   data: {key: string, settled: boolean},
 *   setTriggerValue(name: string, value: string): void,
 *   setStateValue(name: string, value: number): void,
 * }} place data: the visit's key as the server has it; settled: whether that is the one to keep
 */
export default function ({ data, setTriggerValue, setStateValue }) {
  const kept = store();
  const stored = kept?.getItem(KEPT);
  if (data.settled || !stored || stored === data.key) kept?.setItem(KEPT, data.key);
  else if (asked !== data.key) {
    asked = data.key; // each session is asked once, and has counted no moves yet
    moves = 0;
    setTriggerValue("claim", stored);
  }
  if (!tamed && globalThis.history) {
    tamed = true;
    tame(history, () => location.href);
  }
  const point = () => (focus.byKeys = false);
  const took = (/** @type {FocusEvent} */ event) => focus.took(event.target);
  let inner = false; // whether this key closes something: once it has, that is gone
  const lookFirst = (/** @type {KeyboardEvent} */ event) => {
    focus.byKeys = true;
    inner = event.key === "Escape" && document.querySelector(OPEN) !== null;
  };
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape" && !inner && !event.defaultPrevented && !event.repeat) {
      if (!isText(event.composedPath()[0])) wayOut(document)?.click();
    }
    const step = move(event);
    if (!step) return;
    event.preventDefault();
    moves += step;
    setStateValue("moves", moves);
  };
  const look = setInterval(() => {
    if (watch.look(document)) setTriggerValue("emptied", "run again");
    if (document.activeElement !== document.body) return;
    const place = focus.lost(document);
    if (place instanceof HTMLElement) place.focus({ preventScroll: true });
  }, LOOK_MS);
  stop(); // of what was mounted before
  document.addEventListener("keydown", lookFirst, { capture: true });
  document.addEventListener("keydown", press);
  document.addEventListener("pointerdown", point, { capture: true });
  document.addEventListener("focusin", took);
  stop = () => {
    document.removeEventListener("keydown", lookFirst, { capture: true });
    document.removeEventListener("keydown", press);
    document.removeEventListener("pointerdown", point, { capture: true });
    document.removeEventListener("focusin", took);
    clearInterval(look);
  };
  return stop;
}
