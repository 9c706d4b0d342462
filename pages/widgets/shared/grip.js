// A hand on a part of a widget: one finger, pen or mouse at a time.

/**
 * What a hand does. take: it is there; false refuses it. follow: it is at this place. drop: it let go. cancel: the
 * browser took it away, because the finger scrolls the page: put all back as it was.
 * @typedef {object} Hand
 * @property {() => boolean | void} take
 * @property {(event: PointerEvent) => void} follow
 * @property {() => void} drop
 * @property {() => void} cancel
 */

/**
 * @param {HTMLElement} part has the class "held" as long as a hand is on it
 * @param {Hand} hand
 */
export function grip(part, hand) {
  let [own, cancelled] = [-1, false]; // own: the pointer of the hand; others, a second finger's, are not its
  part.addEventListener("pointerdown", (event) => {
    if (event.button || held(part) || hand.take() === false) return;
    [own, cancelled] = [event.pointerId, false];
    part.setPointerCapture(own);
    part.classList.add("held");
    hand.follow(event);
  });
  part.addEventListener("pointermove", (event) => {
    if (event.pointerId === own && part.hasPointerCapture(own)) hand.follow(event);
  });
  part.addEventListener("pointercancel", (event) => {
    cancelled ||= event.pointerId === own && part.hasPointerCapture(own);
  });
  part.addEventListener("lostpointercapture", (event) => {
    if (event.pointerId !== own) return;
    own = -1;
    part.classList.remove("held");
    if (cancelled) hand.cancel();
    else hand.drop();
  });
}

/**
 * A player whose position a hand moves. It has no header before its first data.
 * @typedef {object} Player
 * @property {object | null} header
 * @property {number[]} at
 * @property {import("./sound_bank.js").SoundBank} bank
 * @property {(at: number[]) => void} move
 * @property {() => void} commit
 */

/**
 * A hand on it moves the position and is heard; the move is told when it lets go, and undone when it is taken away.
 * @param {HTMLElement} part
 * @param {Player} player
 * @param {(event: PointerEvent) => number[]} where
 */
export function drag(part, player, where) {
  let before = player.at;
  grip(part, {
    take: () => {
      if (!player.header) return false;
      before = player.at;
      return player.bank.hold();
    },
    follow: (event) => player.move(where(event)),
    drop: () => {
      player.bank.letGo();
      player.commit();
    },
    cancel: () => {
      player.bank.letGo();
      player.move(before);
    },
  });
}

/** @param {Element} part */
export function held(part) {
  return part.classList.contains("held");
}

/**
 * @param {PointerEvent} event
 * @param {Element} part
 * @returns {[number, number]} where the event is in the part: 0 ... 1 from its left and its top, beyond outside of it
 */
export function place(event, part) {
  const { left, top, width, height } = part.getBoundingClientRect();
  return [(event.clientX - left) / width, (event.clientY - top) / height];
}
