/** How engines are opened in this page, for whoever trains here. */
import type { SentOptions } from '../../compute/volunteer/messages.ts';

export function optionsHere(): Pick<SentOptions, 'wasmPath' | 'allowSoftwareAdapter'> {
  return {
    wasmPath: `${location.origin}/tfjs/`,
    allowSoftwareAdapter: allowsSoftwareAdapter(),
  };
}

/**
 * A software WebGPU adapter is slower than wasm, so a volunteer does not get it; for tests, and for
 * whoever wants to see the GPU path without a GPU, `?software-gpu` in the address takes it.
 */
function allowsSoftwareAdapter(): boolean {
  return new URLSearchParams(location.search).has('software-gpu');
}
