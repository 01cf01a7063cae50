// The sentences of the screens that are loaded when they are first shown (signing in, guests, me).
import { learn } from "./texts.js";

await learn({
  en: () => import("./texts/more/en.js"),
  es: () => import("./texts/more/es.js"),
  ca: () => import("./texts/more/ca.js"),
});
