import "./reflect";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

// Load this file with `await import` where a certificate is made: the library takes a quarter of a second and 17 MB,
// which runs that only look at certificates don't spend.
x509.cryptoProvider.set(webcrypto as never); // its types mean the browser's crypto, which is the same

export { x509 };
