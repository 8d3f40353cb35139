/** Throw-away databases on the PostgreSQL server that `npm test` starts. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';

export interface NewPostgres {
  readonly url: string;
  /** Drops the database, whoever is connected. */
  drop(): Promise<void>;
}

/** An empty database of its own; `server` is the address of any database there. */
export async function newPostgres(server = testServer()): Promise<NewPostgres> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const admin = async (statement: string) => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  await admin(`create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => admin(`drop database ${name} with (force)`) };
}

function testServer(): string {
  const url = process.env.TEST_DATABASE_URL;
  if (url === undefined)
    throw new Error('TEST_DATABASE_URL is not set: run `npm test`, which starts a PostgreSQL.');
  return url;
}
