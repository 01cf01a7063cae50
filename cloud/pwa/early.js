// What must not wait for the modules: light or dark as she chose it, her language (its catalogue comes along while the
// modules load), and the first tick (the line is up when her finger is). Draws nothing, decides nothing.
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

  if (kept("iomando.kept") && !/^#(sign-in|guest|ask)=/.test(location.hash))
    globalThis.firstTick = fetch("/api/v1/tick", { cache: "no-store" })
      .then(async (answer) => ({
        status: answer.status,
        told: answer.ok ? { ...(await answer.json()), t: performance.now() } : null,
      }))
      .catch(() => null); // session.js asks again
}
