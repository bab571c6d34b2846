// Pages of files: keys turn pages, cues lead the player, the player leads the cues. Without it everything is a link.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest("input, textarea, select, video, audio, .scroll, [contenteditable]")) return;
  const link = document.querySelector(`a[data-key="${CSS.escape(event.key)}"]`);
  if (link) { event.preventDefault(); link.click(); }
});
const player = document.getElementById("player");
if (player) {
  const links = [...document.querySelectorAll("a[data-seconds]")];
  for (const link of links) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      player.currentTime = Number(link.dataset.seconds);
      player.play().catch(() => {});
      history.replaceState(null, "", link.href);
    });
  }
  const cues = [...document.querySelectorAll("#cues li")];
  const starts = cues.map((cue) => Number(cue.querySelector("a").dataset.seconds));
  const list = document.getElementById("cues");
  let current = -1;
  const follow = () => {
    let low = 0, high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= player.currentTime + 0.05) low = middle + 1; else high = middle;
    }
    if (low - 1 === current) return;
    if (cues[current]) cues[current].removeAttribute("aria-current");
    current = low - 1;
    if (!cues[current]) return;
    cues[current].setAttribute("aria-current", "true");
    const cue = cues[current];
    if (cue.offsetTop < list.scrollTop || cue.offsetTop + cue.offsetHeight > list.scrollTop + list.clientHeight) {
      list.scrollTop = cue.offsetTop - list.clientHeight / 3;
    }
  };
  for (const name of ["timeupdate", "seeked", "loadedmetadata"]) player.addEventListener(name, follow);
}
