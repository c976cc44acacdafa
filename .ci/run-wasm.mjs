// Runs a program for wasm32-unknown-unknown that imports nothing. A panic in it is a trap, which ends this with an error.
import { readFileSync } from "node:fs";

const [, , program] = process.argv;
const { instance } = await WebAssembly.instantiate(readFileSync(program));
process.exitCode = instance.exports.main(0, 0);
