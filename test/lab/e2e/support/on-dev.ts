/** For a test's first line: it rehearses the stack dev, machines of VirtualBox. */
process.env.STACK = "dev";
