// The service worker, seen from the page: has it registered, and lets a newer shell take over when nobody is in the middle
// of anything. Then the page begins anew with it: no page goes on with files of two versions.

const SCRIPT = "/sw.js";
const QUIET_MS = 60_000; // untouched and nothing going on for this long: nobody loses anything
const LOOK_MS = 5000; // how often that is looked at while a newer shell waits
const ASK_AGAIN_MS = 60_000; // the least between two questions for a newer version

// Under trusted types only this policy makes an address into a script's, and only this one address.
function scriptAddress() {
  if (!globalThis.trustedTypes) return SCRIPT;
  const only = (address) => {
    if (address !== SCRIPT) throw new TypeError(`${address} is no worker of ours`);
    return address;
  };
  return trustedTypes.createPolicy("iomando-worker", { createScriptURL: only }).createScriptURL(SCRIPT);
}

export class Worker {
  // idle(): nothing is going on that a new page would lose. go(url): a notification was tapped.
  constructor({ idle, go }) {
    Object.assign(this, { idle, go });
    this.touched = performance.now();
    this.askedAt = -Infinity;
    for (const name of ["pointerdown", "keydown"])
      addEventListener(name, () => (this.touched = performance.now()), { capture: true, passive: true });
  }

  // Once the first picture is there: what it fetches must not be in the way of that.
  async start() {
    const container = navigator.serviceWorker;
    if (!container) return; // plain http on a LAN
    let had = Boolean(container.controller);
    container.addEventListener("controllerchange", () => {
      if (had) this.#whenQuiet(() => location.reload());
      had = true;
    });
    container.addEventListener("message", ({ data }) => data?.go && this.go(data.go));
    try {
      this.registration = await container.register(scriptAddress(), { updateViaCache: "none" });
    } catch {
      return; // without it the app is only slower to start
    }
    this.askedAt = performance.now();
    this.#watch();
    this.registration.addEventListener("updatefound", () => this.#watch());
  }

  // The cloud has been away: it may have come back as a newer version.
  async ask() {
    if (!this.registration || performance.now() - this.askedAt < ASK_AGAIN_MS) return;
    this.askedAt = performance.now();
    await this.registration.update().catch(() => {});
  }

  #watch() {
    const { installing, waiting } = this.registration;
    const ready = () => this.#whenQuiet(() => this.registration.waiting?.postMessage("take over"));
    if (waiting) ready();
    installing?.addEventListener("statechange", () => installing.state === "installed" && ready());
  }

  #whenQuiet(act) {
    const hidden = document.visibilityState === "hidden";
    const untouched = performance.now() - this.touched > QUIET_MS;
    if (this.idle() && (hidden || untouched)) return act();
    const look = () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
      this.#whenQuiet(act);
    };
    const timer = setTimeout(look, LOOK_MS);
    document.addEventListener("visibilitychange", look);
  }
}
