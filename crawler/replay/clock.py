"""The page's clock: it shows the time at which the page was captured, and runs on from there.

Without it a page asks for today's news, for the last thirty days, and gets nothing, for these were never asked for.
Numbers drawn at random are drawn from a fixed seed, so that two replays look alike. Workers have
the real time: no script of ours comes before theirs.
"""

from __future__ import annotations

from datetime import timedelta

_SCRIPT = """
(() => {
  const ahead = %d, now = Date.now.bind(Date), Real = Date;
  const then = () => now() - ahead;
  const shown = new Proxy(Real, {
    construct: (target, given, made) => Reflect.construct(target, given.length ? given : [then()], made),
    apply: () => new Real(then()).toString(),
  });
  Object.defineProperty(Real, "now", {value: then, writable: true, configurable: true});
  Object.defineProperty(Real.prototype, "constructor", {value: shown, writable: true, configurable: true});
  Object.defineProperty(globalThis, "Date", {value: shown, writable: true, configurable: true});
  for (const name of ["format", "formatToParts"]) {
    const kept = Intl.DateTimeFormat.prototype[name];
    if (typeof kept === "function") Intl.DateTimeFormat.prototype[name] = function (at) {
      return kept.call(this, at === undefined ? then() : at);
    };
  }
  let seed = 0x2545F491;
  Object.defineProperty(Math, "random", {writable: true, configurable: true, value: () => {
    seed = seed + 0x6D2B79F5 | 0;
    let mixed = Math.imul(seed ^ seed >>> 15, 1 | seed);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return ((mixed ^ mixed >>> 14) >>> 0) / 4294967296;
  }});
})();
"""


def clock(ahead: timedelta) -> str:
    """Sets a document's clock back by `ahead`; to be run before any script of the page."""
    return _SCRIPT % (ahead // timedelta(milliseconds=1))
