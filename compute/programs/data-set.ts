/** A table of samples, and where the files come from that some are read from. */

export interface DataSet {
  readonly samples: number;
  /** Inputs [samples × inputs] and targets [samples × outputs], row-major. */
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** Bytes of a data file by its name ("mnist-00.bin"); rejects with a sentence if it cannot be had. */
export type DataFiles = (name: string) => Promise<Uint8Array>;

/** Where there are no files. */
export const noFiles: DataFiles = async (name) => {
  throw new Error(`The data file ${name} cannot be had here.`);
};
