// The sentences of the screens that are loaded when they are first shown (signing in, guests, me).
import { learn } from "./texts.js";
import ca from "./texts/more/ca.js";
import en from "./texts/more/en.js";
import es from "./texts/more/es.js";

learn({ en, es, ca });
