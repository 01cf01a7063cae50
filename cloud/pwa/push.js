// Web push on this phone: whether it can be had, and taking and leaving it. The browser asks only in answer to a tap; what
// it gives us goes to the cloud, which forgets it with the session. Draws nothing.
import { ask } from "./api.js";

const READY_MS = 20_000; // for the service worker: with a first visit on a slow line it is still fetching the app

// Why not: "install" (iOS, until the app stands on the home screen), "none" (this browser cannot), "denied" (she, or the
// phone, has said no); null: it can.
export function hindered() {
  if (!isSecureContext || !navigator.serviceWorker || !("PushManager" in globalThis) || !("Notification" in globalThis))
    return isOnIos() && !isInstalled() ? "install" : "none";
  return Notification.permission === "denied" ? "denied" : null;
}

// What the cloud pushes here, or null. A subscription that the browser has lost, or that is good for another key than the
// cloud has now, is made anew: nobody would be told, and nobody would know.
export async function pushed() {
  const { wants } = await ask("GET", "me/push");
  if (!wants || hindered() || Notification.permission !== "granted") return null;
  const [worker, key] = await Promise.all([ready(), publicKey()]);
  const kept = await worker.pushManager.getSubscription();
  if (!kept || !isFor(kept, key)) await tell(worker, key, wants);
  return wants;
}

// From here on this phone is told of `wants`: null when it is done, else why not. To be called within a tap.
export async function take(wants) {
  if ((await Notification.requestPermission()) !== "granted") return hindered() ?? "asked";
  try {
    const [worker, key] = await Promise.all([ready(), publicKey()]);
    await tell(worker, key, wants);
    return null;
  } catch (error) {
    if (error instanceof DOMException) return "failed"; // the browser's push service cannot be reached, or is switched off
    throw error;
  }
}

export async function leave() {
  await ask("DELETE", "me/push");
  await drop();
}

// What the browser has of it goes, and what it shows: also what is still on its way is not shown any more.
export async function drop() {
  const worker = await navigator.serviceWorker?.getRegistration();
  for (const shown of (await worker?.getNotifications?.()) ?? []) shown.close();
  await (await worker?.pushManager?.getSubscription())?.unsubscribe();
}

async function tell(worker, key, wants) {
  const kept = await worker.pushManager.getSubscription();
  if (kept && !isFor(kept, key)) await kept.unsubscribe();
  const options = { userVisibleOnly: true, applicationServerKey: key };
  const { endpoint, keys } = (await worker.pushManager.subscribe(options)).toJSON();
  await ask("PUT", "me/push", { endpoint, p256dh: keys.p256dh, auth: keys.auth, wants });
}

async function ready() {
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new DOMException("no service worker", "TimeoutError")), READY_MS);
  });
  return Promise.race([navigator.serviceWorker.ready, late]);
}

async function publicKey() {
  const { key } = await ask("GET", "push/key");
  const raw = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(raw, (character) => character.charCodeAt(0));
}

function isFor(subscription, key) {
  const of = subscription.options?.applicationServerKey;
  if (!of) return true; // this browser does not say
  const bytes = new Uint8Array(of);
  return bytes.length === key.length && bytes.every((byte, index) => byte === key[index]);
}

const isInstalled = () => navigator.standalone === true || matchMedia("(display-mode: standalone)").matches;

// An iPad calls itself a Mac, and has a touch screen.
const isOnIos = () =>
  /iPhone|iPad|iPod/.test(navigator.userAgent) || (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
