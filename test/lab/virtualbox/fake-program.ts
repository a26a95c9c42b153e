import { runProgram } from "../../../lab/virtualbox/program";
import { fakeMachines } from "./fake-machines";

// The stand-in as a program of its own, with machines that are nothing but files.
runProgram(fakeMachines);
