// The service worker: keeps the app's own files, so that it starts without a line, and shows what is pushed to the phone.
// It never touches an answer of the cloud, keeps no press and sends none: offline means off. The server writes SHELL in
// front: {version, files: {path: hash}} of this very version. An open page is never given files of two versions: a newer
// shell waits, whole, until the page says that nothing is going on (pwa/worker.js).
const NAME = `shell-${SHELL.version}`;
const AT_ONCE = 2; // files fetched side by side: a browser has six connections, and a press needs one
const HERE = /^\/(#(door=[A-Za-z0-9_-]{1,40}|alarms))?$/; // where a notification may lead; none of these opens a door

addEventListener("install", (event) => {
  if (event.addRoutes) bypass(event);
  event.waitUntil(fill());
});

// Old shells go when the new one is whole and in use, never before.
addEventListener("activate", (event) => event.waitUntil(takeOver()));

addEventListener("message", ({ data }) => {
  if (data === "take over") skipWaiting();
});

// Anything that is not a file of the shell goes to the network as if this worker were not there.
addEventListener("fetch", (event) => {
  const { method, url, mode } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin || !Object.hasOwn(SHELL.files, pathname)) return;
  if (pathname === "/" && mode !== "navigate") return;
  event.respondWith(kept(pathname, event.request));
});

addEventListener("push", (event) => event.waitUntil(show(told(event.data))));

addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { url } = event.notification.data ?? {};
  event.waitUntil(lead(HERE.test(url) ? url : "/"));
});

// Where the browser can, calls do not even wake this worker.
function bypass(event) {
  const api = { condition: { urlPattern: { pathname: "/api/*" } }, source: "network" };
  event.addRoutes([api]).catch(() => {});
}

async function kept(pathname, request) {
  const cache = await caches.open(NAME);
  return (await cache.match(pathname)) ?? fetch(request);
}

// Every file of this version, and none of another: the hash of what came must be the one that was announced.
async function fill() {
  const before = await held();
  const cache = await caches.open(NAME);
  const todo = Object.entries(SHELL.files);
  const lane = async () => {
    for (let next = todo.pop(); next; next = todo.pop()) await put(cache, before, ...next);
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  } catch (error) {
    await caches.delete(NAME);
    throw error; // the browser asks again later; what is in use stays
  }
}

const held = async () => {
  const names = (await caches.keys()).filter((name) => name.startsWith("shell-") && name !== NAME);
  return Promise.all(names.map((name) => caches.open(name)));
};

async function put(cache, before, pathname, hash) {
  for (const old of before) {
    const same = await old.match(pathname);
    if (same?.headers.get("X-Shell") === hash) return cache.put(pathname, same);
  }
  const response = await fetch(pathname, { cache: "no-cache", credentials: "omit", priority: "low" });
  if (!response.ok) throw new Error(`${pathname}: ${response.status}`);
  const body = await response.arrayBuffer();
  if ((await digest(body, hash.length)) !== hash) throw new Error(`${pathname} is of another version`);
  const headers = new Headers(response.headers);
  for (const name of ["Content-Encoding", "Content-Length", "Vary"]) headers.delete(name);
  headers.set("X-Shell", hash);
  return cache.put(pathname, new Response(body, { headers }));
}

async function digest(body, chars) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  return [...bytes]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .slice(0, chars);
}

async function takeOver() {
  const old = (await caches.keys()).filter((name) => name.startsWith("shell-") && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
  await clients.claim();
}

// What cannot be read is still shown: browsers allow no silent push.
function told(data) {
  try {
    return data.json();
  } catch {
    return {};
  }
}

function show({ title, body, tag, url, at }) {
  return registration.showNotification(title ?? "iomando", {
    body,
    tag,
    icon: "/app/icon-192.png",
    badge: "/app/icon-badge.png",
    ...(tag ? { renotify: true } : {}), // what replaces another is told again: nobody has seen to it
    ...(at ? { timestamp: at } : {}),
    data: { url },
  });
}

// The app that is open comes to the front and is told where to look; else it is opened there.
async function lead(url) {
  const [page] = await clients.matchAll({ type: "window" });
  if (!page) return clients.openWindow(url);
  const focused = await page.focus();
  focused.postMessage({ go: url });
}
