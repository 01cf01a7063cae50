// What must not wait for the modules: light or dark as she chose it, her language (its catalogue comes along while the
// modules load), the screen that will be first, and the first tick (the line is up when her finger is). Draws nothing.
{
  const kept = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null; // a browser may refuse its storage
    }
  };
  const page = document.documentElement;
  const theme = kept("iomando.theme");
  if (theme === "light" || theme === "dark") page.dataset.theme = theme;

  const wanted = [kept("iomando.language"), ...navigator.languages].map((tag) => String(tag ?? "").slice(0, 2));
  page.lang = wanted.map((tag) => tag.toLowerCase()).find((tag) => ["en", "es", "ca"].includes(tag)) ?? "en";
  import(`/app/texts/${page.lang}.js`).catch(() => {}); // texts.js asks again, and says so

  // The browser's offer to put the app on the home screen comes when it likes: kept for install-note.js.
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    globalThis.installOffer = event;
  });

  // What is shown first: a link's screen; the kept picture, as soon as the time is told; or the ways to sign in.
  const link = /^#(sign-in|guest|ask)=/.exec(location.hash)?.[1];
  const screens = { "sign-in": "sign-in", guest: "gate/guest-link", ask: "gate/poster" };
  if (kept("iomando.kept")) page.dataset.kept = "";
  else import(`/app/${link ? screens[link] : "gate/signed-out"}.js`).catch(() => {}); // later.js asks again
  if (!link)
    globalThis.firstTick = fetch("/api/v1/tick", { cache: "no-store" })
      .then(async (answer) => ({
        status: answer.status,
        told: answer.ok ? { ...(await answer.json()), t: performance.now() } : null,
      }))
      .catch(() => null); // session.js asks again
}
