import { machines } from "../machine/machines";
import { runProgram } from "./program";

runProgram(machines);
