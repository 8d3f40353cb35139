/** The command line: `manyhands study`, `manyhands replay`, `manyhands volunteer`. Exit code 0 whatever the verdict, 2 for a wrong request. */
import { Command, CommanderError } from 'commander';
import { UsageError } from './common.ts';
import { type ReplayFlags, replayCommand } from './replay.ts';
import { listStudies, type StudyFlags, studyCommand } from './study.ts';
import { type VolunteerFlags, volunteerCommand } from './volunteer.ts';

/** Runs one command line; resolves to the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const program = new Command('manyhands')
    .description('Studies of the laws of deep learning, from the command line.')
    .exitOverride();
  const collect = (value: string, all: readonly string[]) => [...all, value];
  program
    .command('study')
    .argument('[id]', 'which study')
    .description('train a study here and print its verdict')
    .option('--list', 'list the studies')
    .option('--quick', 'the small grid: seconds instead of minutes')
    .option('--null', 'break the physics on purpose: the verdict must not hold')
    .option('--set <name=value,…>', 'values of a parameter; may be repeated', collect, [])
    .option('--seeds <a..b>', 'seeds, as 1..5 or 1,2,7')
    .option('--backend <name>', 'webgpu, wasm or cpu')
    .option('--json', 'one JSON object on standard output')
    .option('--series', 'with --json: the recorded series of every run too')
    .action(async (id: string | undefined, flags: StudyFlags & { readonly list?: boolean }) => {
      if (flags.list) {
        process.stdout.write(`${listStudies(flags.json ?? false)}\n`);
        return;
      }
      if (id === undefined) throw new UsageError('Name a study, or see them with --list.');
      await studyCommand(id, flags);
    });
  program
    .command('replay')
    .argument('<file>', 'a point file, exported from a room')
    .description('train one exported point again and compare')
    .option('--backend <name>', 'webgpu, wasm or cpu')
    .option('--json', 'one JSON object on standard output')
    .option('--server <url>', 'the coordinator that keeps what the run compares')
    .action((file: string, flags: ReplayFlags) => replayCommand(file, flags));
  program
    .command('volunteer')
    .description('train for the rooms of a coordinator, without a browser')
    .requiredOption('--server <url>', 'where the coordinator is')
    .option('--code <room>', 'for this room alone; without it, for any that has work')
    .option('--backend <name>', 'webgpu, wasm or cpu')
    .option('--folder <path>', 'where its key and unsent results are kept')
    .option('--shards <n>', 'stop after so many')
    .option('--share <s>', 'compute for this share of the time, above 0 and at most 1')
    .action((flags: VolunteerFlags) => volunteerCommand(flags));
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}
