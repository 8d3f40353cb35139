#!/usr/bin/env node
import { register } from 'tsx/esm/api';

register();
const { main } = await import('../cli/manyhands.ts');
const code = await main(process.argv.slice(2));
// A full pipe takes the rest later: to leave at once would cut a long result off.
process.stdout.write('', () => process.exit(code));
