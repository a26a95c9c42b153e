import { join } from "node:path";
import { load, messages } from "./load";
