import { labServers } from "./lab-servers";
import { runProgram } from "./program";

runProgram(labServers);
