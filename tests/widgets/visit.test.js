// Promise: the tab keeps its visit's key and claims it once a session; keys undo and redo, but not where one writes; a
// page that was emptied runs again, once; Back takes one step a page; keys stay where they were.

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

mock.timers.enable({ apis: ["setInterval"] });

class Element extends EventTarget {
  constructor(kind = "div", attributes = {}) {
    super();
    Object.assign(this, { kind, attributes });
  }

  matches(selectors) {
    return selectors.split(/, (?![^(]*\))/).some((one) => one.replace(/:not\(.*\)/, "") === this.kind);
  }

  getAttribute(name) {
    return this.attributes[name] ?? null;
  }
}
const kept = new Map();
globalThis.Element = /** @type {any} */ (Element);
const shown = new Map(); // what is on the page, by what it is looked for
const page = Object.assign(new EventTarget(), { querySelector: (selector) => shown.get(selector) ?? null });
globalThis.document = /** @type {any} */ (page);
globalThis.sessionStorage = /** @type {any} */ ({
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, value) => kept.set(name, value),
});
const { default: mount, Focus, move, OPEN, tame, Watch } = await import("../../pages/widgets/visit/visit.js");

/** Mount it; what it claimed and how it moved. */
function mounted(key, settled = false) {
  const told = [];
  const set = (name, value) => told.push([name, value]);
  const leave = mount({ data: { key, settled }, setTriggerValue: set, setStateValue: set });
  return { told, leave };
}

const pressed = (key, more = {}, target = new Element()) =>
  move(/** @type {any} */ ({ key, composedPath: () => [target], ...more }));

beforeEach(() => {
  kept.clear();
  shown.clear();
});

test("a tab without a key keeps the one that it gets, and asks for nothing", () => {
  assert.deepEqual(mounted("a").told, []);
  assert.deepEqual([...kept.values()], ["a"]);
});

test("a tab with a key claims it once a session, and keeps what that comes to", () => {
  mounted("old");
  assert.deepEqual(mounted("new").told, [["claim", "old"]]);
  assert.deepEqual(mounted("new").told, []);
  assert.deepEqual([...kept.values()], ["old"], "until it is settled");
  mounted("new", true);
  assert.deepEqual([...kept.values()], ["new"]);
  assert.deepEqual(mounted("newer").told, [["claim", "new"]], "another session");
});

test("keys undo and redo", () => {
  assert.equal(pressed("z", { ctrlKey: true }), -1);
  assert.equal(pressed("Z", { metaKey: true, shiftKey: true }), 1);
  assert.equal(pressed("y", { ctrlKey: true }), 1);
  for (const [key, more] of [["z", {}], ["z", { ctrlKey: true, altKey: true }], ["x", { ctrlKey: true }]]) {
    assert.equal(pressed(key, more), 0);
  }
});

test("where one writes, keys are the field's own", () => {
  for (const field of [new Element("textarea"), new Element("input")]) {
    assert.equal(pressed("z", { ctrlKey: true }, field), 0);
  }
  const list = (open) => new Element("[role=combobox]", { "aria-expanded": open });
  assert.equal(pressed("z", { ctrlKey: true }, list("true")), 0);
  assert.equal(pressed("z", { ctrlKey: true }, list("false")), -1);
});

test("a key that is pressed is counted once, however often it was mounted", () => {
  const first = mounted("a");
  const second = mounted("a");
  const event = Object.assign(new Event("keydown", { cancelable: true }), { key: "z", ctrlKey: true });
  document.dispatchEvent(event);
  assert.deepEqual([first.told, second.told, event.defaultPrevented], [[], [["moves", -1]], true]);
  second.leave();
  document.dispatchEvent(Object.assign(new Event("keydown"), { key: "z", ctrlKey: true }));
  assert.deepEqual(second.told, [["moves", -1]]);
});

test("Esc leaves what fills the page, the innermost first, where it closes nothing else", () => {
  const { leave } = mounted("a");
  const left = [];
  const button = (name) => ({ click: () => left.push(name) });
  const esc = (more = {}, prevented = false) => {
    const event = Object.assign(new Event("keydown", { cancelable: true }), { key: "Escape", ...more });
    if (prevented) event.preventDefault();
    document.dispatchEvent(event);
    return left.splice(0);
  };
  assert.deepEqual(esc(), [], "nothing to leave");
  shown.set(".st-key-tour_leave button", button("tour"));
  assert.deepEqual(esc(), ["tour"]);
  assert.deepEqual(esc({ composedPath: () => [new Element("input")] }), []);
  assert.deepEqual(esc({ repeat: true }), []);
  assert.deepEqual(esc({}, true), []);
  shown.set(OPEN, {});
  assert.deepEqual(esc(), []);
  const close = () => shown.delete(OPEN); // what is open hears the key before the page does
  document.addEventListener("keydown", close, { capture: true, once: true });
  shown.set(".st-key-present_leave button", button("presenter's view"));
  assert.deepEqual(esc(), []);
  assert.deepEqual(esc(), ["presenter's view"]);
  leave?.();
});

test("a session that begins anew in an open tab counts from nothing, as its server does", () => {
  mounted("before", true);
  const press = () => {
    const event = Object.assign(new Event("keydown"), { key: "z", ctrlKey: true });
    document.dispatchEvent(event);
  };
  press();
  press();
  const renewed = mounted("after");
  press();
  assert.deepEqual(renewed.told.filter(([name]) => name === "moves"), [["moves", -1]]);
  renewed.leave?.();
});

test("a browser that keeps nothing for the page goes on without", () => {
  const storage = Object.getOwnPropertyDescriptor(globalThis, "sessionStorage");
  const get = () => {
    throw new Error("blocked");
  };
  Object.defineProperty(globalThis, "sessionStorage", { configurable: true, get });
  assert.deepEqual(mounted("a").told, []);
  Object.defineProperty(globalThis, "sessionStorage", /** @type {any} */ (storage));
});

test("a page without its title is found at the second look after its runs, once until it is back", () => {
  const watch = new Watch();
  const look = (titled, still) => watch.look(/** @type {any} */ ({
    querySelector: (selector) => ((selector.includes("h1") ? titled : still) ? {} : null),
  }));
  const found = (...looks) => looks.map(([titled, still]) => look(titled, still));
  assert.deepEqual(found([false, true], [false, true]), [false, false], "it has not come yet");
  assert.deepEqual(found([true, false], [true, true], [false, false], [false, false]), [false, false, false, false]);
  assert.deepEqual(found([false, true], [true, true], [false, true]), [false, false, false], "away for one look");
  assert.deepEqual(found([false, true], [false, true], [false, true]), [true, false, false]);
  assert.deepEqual(found([true, true], [false, true], [false, true]), [false, false, true], "the next time");
});

test("choices in the address of the open page are no steps for Back, another page and a step of the tour are", () => {
  const steps = ["http://here/match"];
  const past = {
    pushState: (_, __, url) => steps.push(new URL(url, steps.at(-1)).href),
    replaceState: (_, __, url) => steps.splice(-1, 1, new URL(url, steps.at(-1)).href),
  };
  tame(/** @type {any} */ (past), () => String(steps.at(-1)));
  for (const url of ["/match?a=1", "/match?a=1&b=2", "/play", "/play?c=3", "/play?tour=6", "/play?c=3&tour=6"]) {
    past.pushState({}, "", url);
  }
  assert.deepEqual(steps.map((one) => one.slice(11)), ["/match?a=1&b=2", "/play?c=3", "/play?c=3&tour=6"]);
});

test("what is drawn anew, goes or cannot be pressed gives the focus to what is nearest", () => {
  globalThis.CSS = /** @type {any} */ ({ escape: (name) => name });
  const within = (found) => ({ querySelector: () => found });
  const [first, anew, beside] = ["first", "anew", "beside"].map(() => new Element("button"));
  const part = (names, parentElement, found) =>
    Object.assign(new Element(), { classList: names, parentElement, isConnected: true, ...within(found) });
  const whole = Object.assign(part([], null, first), { kind: "[data-testid=stMainBlockContainer] > *" });
  const column = part([], whole, first);
  const box = part(["st-key-box"], column, beside);
  const holder = part(["other", "st-key-mute"], box, null);
  const button = part([], holder, null);
  const focus = new Focus();
  focus.byKeys = true;
  focus.took(button);
  assert.equal(focus.lost(page), null, "it is there");
  button.isConnected = holder.isConnected = false;
  shown.set(".st-key-mute", within(anew));
  assert.equal(focus.lost(page), null, "while the page is drawn");
  shown.set("[data-test-script-state=notRunning]", {});
  assert.equal(focus.lost(page), anew);
  shown.delete(".st-key-mute");
  assert.equal(focus.lost(page), beside);
  box.isConnected = false;
  assert.equal(focus.lost(page), first);
  button.isConnected = holder.isConnected = box.isConnected = true;
  button.kind = ":disabled";
  assert.equal(focus.lost(page), beside);
  column.isConnected = box.isConnected = holder.isConnected = button.isConnected = false;
  shown.clear();
  shown.set("[data-test-script-state=notRunning]", {});
  assert.equal(focus.lost(page), null, "another page begins at its top");
  button.isConnected = column.isConnected = true;
  focus.byKeys = false;
  focus.took(button);
  assert.equal(focus.lost(page), null, "a pointer put it there");
});
