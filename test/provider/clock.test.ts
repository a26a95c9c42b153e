import { certificateClock, systemClock } from "../../provider/clock";

test("certificates are made in the box's time, unless a day is rehearsed", () => {
  expect(certificateClock({})).toBe(systemClock);
  const clock = certificateClock({ KLUSTER_CERTIFICATES_AS_OF: "2027-06-01" });
  expect(new Date(clock.now()).toISOString()).toBe("2027-06-01T12:00:00.000Z");
});

test.each(["tomorrow", "2027-13-01", "2027-6-1", "1"])("%j is no day", (day) => {
  expect(() => certificateClock({ KLUSTER_CERTIFICATES_AS_OF: day })).toThrow(`is "${day}"`);
});
