import { defineConfig } from 'vitest/config';

const exclude = ['node_modules/**', '.next/**'];

export default defineConfig({
  test: {
    // Half of a test is waiting for a database, a socket or a timer. By itself vitest leaves one core of two free.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...exclude, '**/*.integration.test.ts', '**/*.gpu.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'gpu',
          // The software adapter takes every core there is.
          fileParallelism: false,
          include: ['**/*.gpu.test.ts'],
          exclude,
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['**/*.integration.test.ts'],
          exclude,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
