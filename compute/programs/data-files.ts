/**
 * The data files that there are, by name and SHA-256, and how bytes become trusted: whoever has read
 * a file, from disk or over the network, its digest is checked before a study learns from it. A file is
 * served under a name with its digest in it, so that it can be cached for ever. `data/make.ts` makes them.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { DataFiles } from './data-set.ts';

/** SHA-256 (hex) of every file. */
export const DATA_FILES: Readonly<Record<string, string>> = {
  'mnist-00.bin': '1d0f8d0d50b4353960646c6185bf88b111fd66ce550f94748d7f72efe2852eed',
  'mnist-01.bin': 'd6e7eec2a2786a19d6eb1f805bf040e2a2eba1886ab61282b53d78d8094fff2b',
  'mnist-02.bin': 'a5c9632c56a2d6d54c06fe2d0927c6581a51a836b4d99ba44da2abbcadc28e57',
  'mnist-03.bin': 'f974ac985155a9673e589f07af527a86eab361e9b75fbdbbeae37edcade14ef1',
  'mnist-04.bin': 'b2ac4e2349be9721c3a23558db619af6bdcb6962fbedac9d5cbb7d34a530c522',
  'mnist-05.bin': '30f158ad5b4655ff916baa3c059b1b57cb7fa60283f0c6aa9fe67dd5909a1925',
  'mnist-06.bin': 'd893a0c9b23fd4eb2ff0d46831877a5170113eee95d8ae3b37e4d755445df331',
  'mnist-07.bin': 'e125aed962c15b85d72a0fff47d5b1e5ae697c7656a91864add3437dac960ef2',
  'mnist-08.bin': '9b66a557b2be167825f2dea958c0dba7ab7ff6a86e5340cc95db56d42622cf96',
  'mnist-09.bin': '22e0d532b350c7c1cf6e2f968cb67058113e50e15cedc44ab166b4dab62e8188',
  'mnist-10.bin': '075518734bf84e8705809ee701862d85f2cf21eddb2c9d6e2572a710b9fef7ab',
  'mnist-11.bin': '5d6ef01b8078d08b123a2522d1eeccd7e63f4486af2f553be3f59d0beb306ad3',
  'mnist-12.bin': 'e527a4457590fccaf90c9c18c86ad9ed568ffd946c47d5f726307a94254fec99',
  'mnist-13.bin': '35957c1b67f3d01405dd1994cce11e5d95c09fd3075218e0d4e63411faefc8fd',
  'mnist-14.bin': '3249ad74f81e4c8573ef2e12e22085df816d27d82a2e05a1b787e624089b60a3',
  'mnist-15.bin': '5a61d8ece2a2067a360c998805d1323fcd33d7edbf73cce71ce96e636852efa1',
  'mnist-16.bin': '94287bc5171748d9c576e3d6aff6bc7139842a7c0e0592ff55b38e827ef067b7',
  'mnist-17.bin': '6a61969324c5b672465b2aea315db87a5226f15af663823984a5ebecb8580958',
  'mnist-18.bin': 'b4b4e4f35439b8efcc1c649834f66468a1890ff83cec06345e7a537491078853',
  'mnist-19.bin': '3b78f87afbca3cb836a4f390acf8b38105121d39681931362f1033b16dd680a5',
  'moby-dick.txt': 'f740dd05d73032d897b96ef91cca500d50c22cca59e6931f5f9a9750798347a7',
  'photograph-black-canyon.bin': '99db324cdf42515284da8799a656db0d8f902ce5fa655fa976c6c76f41fd6558',
  'photograph-dust-bowl-home.bin':
    'c4a48c6a817d44bbb158c827793420a070fee3b3b45e0e67f59143792223a3f7',
  'photograph-french-alpine-landscape.bin':
    'd52eb8e0694179ec88d6937fdf511535287fdb6a496cba217534238e663a6140',
  'photograph-march-pastoral.bin':
    'a3c1fc458cc91564a9413e31aa20b08ece26b17099123780d1ceb83cd7cd0a8f',
  'photograph-nagasaki-boats.bin':
    '7fb1d54b8b7fb6ecaebb88c008a1a8d47367ef8924bda5d10f3e46b804efa575',
};

/** "mnist-00.bin" as it lies in the folder: "mnist-00.<16 digits of its digest>.bin". */
export function servedName(name: string): string {
  const digest = DATA_FILES[name];
  if (digest === undefined) throw new Error(`There is no data file ${name}.`);
  return name.replace(/(?=\.\w+$)/, `.${digest.slice(0, 16)}`);
}

/**
 * Data files by name, checked. Each is read once and kept, unless reading it failed.
 * @param read bytes of a file by its served name; rejects with a sentence
 */
export function checkedFiles(read: (served: string) => Promise<Uint8Array>): DataFiles {
  const kept = new Map<string, Promise<Uint8Array>>();
  async function checked(name: string): Promise<Uint8Array> {
    const bytes = await read(servedName(name));
    if (bytesToHex(sha256(bytes)) === DATA_FILES[name]) return bytes;
    throw new Error(`The data file ${name} is damaged: its SHA-256 is not what it should be.`);
  }
  return (name) => {
    const promise = kept.get(name) ?? checked(name);
    kept.set(name, promise);
    promise.catch(() => kept.delete(name));
    return promise;
  };
}
