/** For a test's first line: it rehearses the stack hetzner, servers of Hetzner Cloud. */
process.env.STACK = "hetzner";
