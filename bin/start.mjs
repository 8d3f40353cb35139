// `npm start`: builds what is not built yet, then serves. A second start finds the build of these
// very sources and begins to serve at once.
import { register } from 'tsx/esm/api';

register();
try {
  // A wrong setting is told before the build, not a minute later.
  const { readSettings } = await import('../server/settings.ts');
  readSettings(process.env);
  const { build } = await import('../scripts/build.ts');
  await build();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
await import('../server/main.ts');
