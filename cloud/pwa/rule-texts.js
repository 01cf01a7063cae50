// The sentences about rules: the week, who gains and loses by a change, what was then.
import { learn } from "./texts.js";

await learn({
  en: () => import("./texts/rules/en.js"),
  es: () => import("./texts/rules/es.js"),
  ca: () => import("./texts/rules/ca.js"),
});
