// The sentences of the screens that are loaded when they are first shown (for who manages).
import { learn } from "./texts.js";
import ca from "./texts/manage/ca.js";
import en from "./texts/manage/en.js";
import es from "./texts/manage/es.js";

learn({ en, es, ca });
