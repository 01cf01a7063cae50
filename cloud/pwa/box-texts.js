// The sentences about door boxes: their page, and their lines in the log.
import { learn } from "./texts.js";

await learn({
  en: () => import("./texts/boxes/en.js"),
  es: () => import("./texts/boxes/es.js"),
  ca: () => import("./texts/boxes/ca.js"),
});
