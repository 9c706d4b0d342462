"""Every sample that a page plays, and the clock at every gesture."""

import base64

import numpy as np
from playwright.sync_api import Page

BLOCK = 128  # samples; an audio graph computes, and loses, whole blocks

# Keeps every sample that goes to an output of the page; at each gesture the audio clock, and how long the event waited
# for its turn in ms; counts what the tab sends to a server, and the loops that run.
TAP = """
window.sent = 0; window.taped = []; window.gestures = []; window.loops = new Set(); window.contexts = new Set();
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) { window.sent += 1; return send.call(this, data); };
const code = `registerProcessor("tap", class extends AudioWorkletProcessor {
  process([input]) {
    this.port.postMessage([currentFrame, input[0]?.slice() ?? new Float32Array(128)]);
    return true;
  }
});`;
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (target, ...rest) {
  if (this instanceof AudioBufferSourceNode) window.loops.add(this);
  if (target instanceof AudioDestinationNode) {
    const { context } = this;
    window.contexts.add(context);
    context.audioWorklet.addModule(URL.createObjectURL(new Blob([code], { type: "text/javascript" }))).then(() => {
      const tap = new AudioWorkletNode(context, "tap");
      tap.port.onmessage = ({ data }) => window.taped.push(data);
      connect.call(this, tap);
      connect.call(tap, context.destination);
    });
    addEventListener("pointermove", ({ timeStamp }) =>
      window.gestures.push([context.currentTime, performance.now() - timeStamp]), true);
  }
  return connect.call(this, target, ...rest);
};
const disconnect = AudioNode.prototype.disconnect;
AudioNode.prototype.disconnect = function (...rest) {
  window.loops.delete(this);
  return disconnect.call(this, ...rest);
};
window.loudest = () => Math.max(0, ...window.taped.flatMap(([, wave]) => [...wave].map(Math.abs)));
window.tape = () => {
  const bytes = new Uint8Array(new Float32Array(window.taped.flatMap(([, wave]) => [...wave])).buffer);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return [window.taped[0][0], window.taped.at(-1)[0], btoa(text)];
};
"""


def record(page: Page, seconds: float, rate: int) -> None:
    """Forget what was taped, and wait until so much more is; a tape that is just being put in has begun to run."""
    page.wait_for_function("window.taped.length > 20")
    forget(page)
    page.wait_for_function(f"window.taped.length * {BLOCK} >= {seconds * rate}")


def forget(page: Page) -> None:
    page.evaluate("window.taped.length = 0")


def tape(page: Page) -> np.ndarray:
    """Every sample so far (time,), from the first frame that was taped; no block is missing."""
    page.wait_for_function("window.taped.length > 0")
    first, last, text = page.evaluate("window.tape()")
    wave = np.frombuffer(base64.b64decode(text), np.float32)
    assert len(wave) == last - first + BLOCK
    return wave


def assert_no_dropout(wave: np.ndarray, jump: float) -> None:
    """Not one block of silence, and no jump between two samples beyond this.

    Three neighbouring sines cancel each other for up to 2 ms when the hand moves that way: that is less than a block.
    """
    loud = np.flatnonzero(np.abs(wave) > 1e-3)
    assert np.diff(loud, prepend=-1, append=len(wave)).max() <= BLOCK
    assert np.abs(np.diff(wave)).max() < jump


def block_levels(wave: np.ndarray) -> np.ndarray:
    """Root mean square of every block of the audio graph (block,)."""
    return np.sqrt(np.mean(np.square(wave[: len(wave) // BLOCK * BLOCK].reshape(-1, BLOCK)), axis=1))


def lost_blocks(levels: np.ndarray) -> int:
    """Blocks that are all but silent between others; where a loop begins anew its two faded ends leave more."""
    return int((levels < 0.1 * np.median(levels)).sum())


def sines(wave: np.ndarray, rate: int, least: float) -> dict[int, float]:
    """Frequencies in Hz, with their amplitudes, in the last second of a wave; those above the least amplitude."""
    spectrum = np.abs(np.fft.rfft(wave[-rate:])) * 2 / rate
    peaks = np.flatnonzero(spectrum > least)
    strongest = [f for f in peaks if spectrum[f] == spectrum[max(0, f - 3) : f + 4].max()]
    return {int(f): float(spectrum[f]) for f in strongest}
