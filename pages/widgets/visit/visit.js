// What a page cannot do without a script in the browser: the key of a visit lies in this tab's own storage, which lives
// through reloads and is shared with no other tab; keys undo and redo; Esc leaves the presenter's view or the tour,
// where nothing else is to be closed; a page that Streamlit emptied comes back; Back leaves a page at once.

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

const watch = new Watch();

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
  let inner = false; // whether this key closes something: once it has, that is gone
  const lookFirst = (/** @type {KeyboardEvent} */ event) => {
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
  }, LOOK_MS);
  stop(); // of what was mounted before
  document.addEventListener("keydown", lookFirst, { capture: true });
  document.addEventListener("keydown", press);
  stop = () => {
    document.removeEventListener("keydown", lookFirst, { capture: true });
    document.removeEventListener("keydown", press);
    clearInterval(look);
  };
  return stop;
}
