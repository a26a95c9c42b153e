import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { generateSshKeyPair } from "../../../provider/keys";
import { describeCommandPlugins } from "./command-plugins";
import { FakeEngine } from "./engine";
import { Started, startPlugin } from "./plugin";
import { readRecording, Recorded, replay } from "./recording";
import { silentHost } from "./silent-host";
import { SshHost, startSshHost } from "./ssh-host";

const calls = readRecording("command");
const nameOf = ({ request }: Recorded) => (request.urn as string).split("::").pop()!;

/** The host key that the recordings give for a host which has another. */
const WRONG_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGSpxVSN2bfCdlofrEojEXGcN6VpOipHNsMJ+miqTwjm";
const NOBODY = "192.168.56.77";

test("the recording of the command plugin is there as a whole", () => expect(calls.length).toBe(81));

describeCommandPlugins("answers as recorded", (command) => {
  const stranger = generateSshKeyPair("stranger");
  let engine: FakeEngine;
  let plugin: Started;
  let host: SshHost;
  let silent: { port: number; stop(): void };
  let client: ResourceProviderClient;

  beforeAll(async () => {
    [engine, host, silent] = await Promise.all([FakeEngine.start(), startSshHost(), silentHost()]);
    host.answers.set("bash -s -- one two", {
      instead: "sed 's|cat /etc/hostname|echo il|' | bash -s -- one two",
    });
    host.answers.set("sleep 20", { seconds: 2 }); // still longer than its time limit
    for (const { run, request, response } of calls)
      if (run.startsWith("dev-") && response?.properties) {
        const { create, stdout, stderr } = response.properties;
        host.answers.set(create, { stdout, stderr });
        if (request.properties?.delete) host.answers.set(request.properties.delete, {});
      }
    for (const { request } of calls.filter(
      ({ run, method }) => run.startsWith("dev-") && method === "Delete",
    ))
      host.answers.set(request.properties.delete, {});
    plugin = await startPlugin([...command(), engine.address]);
    client = new ResourceProviderClient(plugin.address, grpc.credentials.createInsecure());
  });
  afterAll(async () => {
    client?.close();
    await plugin?.stop();
    silent?.stop();
    await host?.stop();
    engine?.stop();
  });

  /** A recorded value with the hosts and keys of this test. */
  function here(value: any, name: string): any {
    if (Array.isArray(value)) return value.map((member) => here(member, name));
    if (typeof value !== "object" || value === null) return value === "<private key>" ? keyOf(name) : value;
    const members = Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, here(member, name)]),
    );
    if (typeof members.host !== "string") return members;
    return {
      ...members,
      host: "127.0.0.1",
      port: members.host === NOBODY ? silent.port : host.port,
      perDialTimeout: members.host === NOBODY ? 1 : members.perDialTimeout,
      hostKey: members.hostKey === WRONG_KEY ? WRONG_KEY : host.hostKey.publicKey,
    };
  }
  const keyOf = (name: string) => (name === "wrongLogin" ? stranger : host.clientKey).privateKey;

  test.each(calls.map((call, place) => [place, call.method, nameOf(call), call.run] as const))(
    "%d: %s %s of %s",
    async (place) => {
      const call = calls[place];
      const name = nameOf(call);
      const request = here(call.request, name);
      if (request.timeout) request.timeout = 1;
      const before = host.ran.length;
      const answer = await replay(client, { ...call, request });
      // An id ends with what is drawn by lot.
      if (call.method === "Create" && answer.response?.id?.match(new RegExp(`^${name}[0-9a-f]{8}$`)))
        answer.response.id = call.response?.id;
      answer.response?.diffs?.sort();
      const expected = here(call.response, name);
      expected?.diffs?.sort();
      const silentHere = `127.0.0.1:${silent.port}`;
      expect(answer).toEqual(
        call.errors
          ? { errors: call.errors.map((text) => text.replace(`${NOBODY}:22`, silentHere)) }
          : { response: expected },
      );
      if (call.request.preview) expect(host.ran.length).toBe(before);
    },
  );

  test("what was deleted was deleted by its command", () =>
    expect(host.ran.map(({ command }) => command)).toEqual(
      expect.arrayContaining(["echo gone", "echo deleted", "timeout 120 bash -s -- leave sam"]),
    ));
});
