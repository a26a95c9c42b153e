import { CopyProgress } from "../../../provider/nixos/copy-progress";

const event = (value: object) => `@nix ${JSON.stringify(value)}`;

test("tells each step of a copy once", () => {
  const progress = new CopyProgress();
  const lines = [
    event({ action: "start", id: 1, type: 103, text: "copying 3 paths" }),
    event({ action: "result", id: 1, type: 105, fields: [0, 3, 0, 0] }),
    event({ action: "result", id: 1, type: 105, fields: [1, 3, 1, 0] }),
    event({ action: "result", id: 1, type: 105, fields: [1, 3, 1, 0] }),
    event({ action: "result", id: 2, type: 105, fields: [9, 9, 0, 0] }),
    event({ action: "result", id: 1, type: 105, fields: [3, 3, 0, 0] }),
  ];
  expect(lines.map((line) => progress.next(line)).filter(Boolean)).toEqual([
    "0 of 3 paths copied",
    "1 of 3 paths copied",
    "3 of 3 paths copied",
  ]);
  expect(progress.errors).toEqual([]);
});

test("keeps what Nix and ssh complain about, without colours", () => {
  const progress = new CopyProgress();
  progress.next("Host key verification failed.");
  progress.next(
    event({ action: "msg", level: 0, msg: "\u001b[31;1merror:\u001b[0m cannot connect to 'root@x'" }),
  );
  progress.next(event({ action: "msg", level: 3, msg: "copying path" }));
  expect(progress.errors).toEqual(["Host key verification failed.", "error: cannot connect to 'root@x'"]);
});
