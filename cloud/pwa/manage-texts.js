// The sentences of the screens that are loaded when they are first shown (for who manages).
import { learn } from "./texts.js";

await learn({
  en: () => import("./texts/manage/en.js"),
  es: () => import("./texts/manage/es.js"),
  ca: () => import("./texts/manage/ca.js"),
});
