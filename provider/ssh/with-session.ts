import { Session } from "./connection";

/** Does `work` with a session as soon as it is open, and closes it whatever comes of that. */
export async function withSession<T>(
  opening: Promise<Session>,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await opening;
  try {
    return await work(session);
  } finally {
    session.close();
  }
}
