// The first script of every replayed document: takes away what a policy cannot forbid in every browser, and gives what an
// origin of its own lacks, so that pages which ask for it go on.
(() => {
  for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "mozRTCPeerConnection"]) delete window[name];
  delete Navigator.prototype.serviceWorker;
  const jar = new Map(), given = {configurable: true, enumerable: true};
  Object.defineProperty(Document.prototype, "cookie", {
    ...given,
    get: () => [...jar].map(([name, value]) => (name ? `${name}=${value}` : value)).join("; "),
    set(text) {
      const [pair, ...rest] = String(text).split(";"), at = pair.indexOf("=");
      const name = pair.slice(0, Math.max(at, 0)).trim(), said = {};
      for (const one of rest) {
        const [key, value = ""] = one.split("=");
        said[key.trim().toLowerCase()] = value.trim();
      }
      const over = "max-age" in said ? Number(said["max-age"]) <= 0 : Date.parse(said.expires) <= Date.now();
      if (over) jar.delete(name);
      else jar.set(name, pair.slice(at + 1).trim());
    },
  });
  for (const name of ["localStorage", "sessionStorage"]) {
    const kept = new Map(), own = {
      getItem: key => kept.get(String(key)) ?? null,
      setItem: (key, value) => void kept.set(String(key), String(value)),
      removeItem: key => void kept.delete(String(key)),
      clear: () => kept.clear(),
      key: at => [...kept.keys()][at] ?? null,
    };
    const store = new Proxy(own, {
      get: (_, key) => (key === "length" ? kept.size : key in own ? own[key] : kept.get(key)),
      set: (_, key, value) => (kept.set(String(key), String(value)), true),
      has: (_, key) => key in own || kept.has(key),
      deleteProperty: (_, key) => (kept.delete(key), true),
      ownKeys: () => [...kept.keys()],
      getOwnPropertyDescriptor: (_, key) => (kept.has(key) ? {...given, writable: true, value: kept.get(key)} : undefined),
    });
    Object.defineProperty(window, name, {...given, get: () => store});
  }
  document.currentScript.remove();
})();
