// `npm start`: builds what is not built yet, then serves. A second start finds the build of these
// very sources and begins to serve at once.
import { register } from 'tsx/esm/api';

register();
const { build } = await import('../scripts/build.ts');
await build();
await import('../server/main.ts');
