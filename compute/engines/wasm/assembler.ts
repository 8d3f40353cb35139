/**
 * WebAssembly by its bytes: as many instructions as training needs, and a module of functions. A `Code`
 * is bytes in order, nested as they were put together and flattened once, in the module. Instructions
 * that take operands take them as codes, so an expression reads as one (WebAssembly Core Specification
 * 2.0, §5, with fixed-width SIMD).
 */
export type Code = readonly (number | Code)[];

/** A local of the function, made by `Locals`. */
export interface Local {
  readonly index: number;
}

type ValueType = 'i32' | 'f32' | 'v128';
const TYPES: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return bytes;
}

/** Signed LEB128 of a 32-bit number. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 127;
    rest >>= 7;
    const done = (rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0);
    bytes.push(done ? low : low | 128);
    if (done) return bytes;
  }
}

const floatBytes = (value: number) => [...new Uint8Array(new Float32Array([value]).buffer)];
const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];
const binary =
  (opcode: number[]) =>
  (a: Code, b: Code): Code => [a, b, opcode];
const unary =
  (opcode: number[]) =>
  (a: Code): Code => [a, opcode];
/** Alignment 4 bytes: no address here promises more. */
const memory = (offset: number) => [2, ...unsigned(offset)];

export const get = ({ index }: Local): Code => [0x20, ...unsigned(index)];
export const set = ({ index }: Local, value: Code): Code => [value, 0x21, unsigned(index)];

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  add: binary([0x6a]),
  less: binary([0x49]),
};

export const f32 = {
  load: (address: Code, offset: number): Code => [address, 0x2a, memory(offset)],
  store: (address: Code, offset: number, value: Code): Code => [
    address,
    value,
    0x38,
    memory(offset),
  ],
  add: binary([0x92]),
  max: binary([0x97]),
};

/** Vectors of four floats; every operation rounds once, alike on every machine. */
export const v = {
  load: (address: Code, offset: number): Code => [address, simd(0), memory(offset)],
  /** Four times the one float there. */
  spread: (address: Code, offset: number): Code => [address, simd(9), memory(offset)],
  store: (address: Code, offset: number, value: Code): Code => [
    address,
    value,
    simd(11),
    memory(offset),
  ],
  const: (...lanes: readonly number[]): Code => [
    ...simd(12),
    ...[0, 1, 2, 3].flatMap((i) => floatBytes(lanes[i % lanes.length] ?? 0)),
  ],
  bits: (...lanes: readonly number[]): Code => [
    ...simd(12),
    ...[0, 1, 2, 3].flatMap((i) => [
      ...new Uint8Array(new Int32Array([lanes[i % lanes.length] ?? 0]).buffer),
    ]),
  ],
  splat: unary(simd(0x13)),
  lane: (a: Code, lane: number): Code => [a, simd(0x1f), lane],
  abs: unary(simd(0xe0)),
  sqrt: unary(simd(0xe3)),
  nearest: unary(simd(0x6a)),
  add: binary(simd(0xe4)),
  sub: binary(simd(0xe5)),
  mul: binary(simd(0xe6)),
  div: binary(simd(0xe7)),
  min: binary(simd(0xe8)),
  max: binary(simd(0xe9)),
  greater: binary(simd(0x44)),
  and: binary(simd(0x4e)),
  or: binary(simd(0x50)),
  /** Each bit of `a` where `mask` has it, else of `b`. */
  select: (a: Code, b: Code, mask: Code): Code => [a, b, mask, simd(0x52)],
  toInteger: unary(simd(0xf8)),
  addInteger: binary(simd(0xae)),
  shiftLeft: (a: Code, by: number): Code => [a, i32.const(by), simd(0xab)],
};

/** `body` until `condition` is false, at least once. */
export const loopWhile = (body: Code, condition: Code): Code => [
  ...[0x03, 0x40, body, condition],
  ...[0x0d, 0, 0x0b],
];

/** The locals of a function after its parameters, all i32; a local is used again once it is given back. */
export class Locals {
  readonly #types: ValueType[] = [];
  readonly #free: Record<ValueType, Local[]> = { i32: [], f32: [], v128: [] };
  readonly #parameters: number;

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  /** Code made with locals of its own. */
  with(types: readonly ValueType[], body: (...locals: Local[]) => Code): Code {
    const taken = types.map((type) => {
      const local = this.#free[type].pop();
      if (local !== undefined) return local;
      this.#types.push(type);
      return { index: this.#parameters + this.#types.length - 1 };
    });
    const code = body(...taken);
    for (const [i, type] of types.entries()) {
      const local = taken[i];
      if (local !== undefined) this.#free[type].push(local);
    }
    return code;
  }

  get types(): readonly ValueType[] {
    return this.#types;
  }
}

/** What a function does, and the locals that it does it with. */
export interface Body {
  readonly locals: Locals;
  readonly code: Code;
}

/** A module that imports `env.memory` and exports functions by name, each of as many i32 parameters. */
export function moduleOf(
  parameters: number,
  functions: Readonly<Record<string, Body>>,
): Uint8Array<ArrayBuffer> {
  const name = (text: string): Code => [text.length, [...new TextEncoder().encode(text)]];
  /** Preceded by its length in bytes. */
  const sized = (content: Code) => {
    const bytes = flattened(content);
    return [unsigned(bytes.length), bytes];
  };
  const list = (items: readonly Code[]): Code => [unsigned(items.length), items];
  const section = (id: number, content: Code): Code => [id, sized(content)];
  const bodies = Object.values(functions).map(({ locals, code }) =>
    sized([list(locals.types.map((type) => [1, TYPES[type]])), code, 0x0b]),
  );
  const exported = Object.keys(functions).map((text, i) => [name(text), 0, unsigned(i)]);
  return Uint8Array.from(
    flattened([
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, [1, 0x60, parameters, new Array<number>(parameters).fill(TYPES.i32), 0]),
      section(2, [1, name('env'), name('memory'), 2, 0, 1]),
      section(3, list(bodies.map(() => [0]))),
      section(7, list(exported)),
      section(10, list(bodies)),
    ]),
  );
}

/** All bytes, in order. */
function flattened(code: Code): readonly number[] {
  const bytes: number[] = [];
  const add = (part: Code) => {
    for (const item of part) {
      if (typeof item === 'number') bytes.push(item);
      else add(item);
    }
  };
  add(code);
  return bytes;
}

/** Whether WebAssembly has vectors here: asked with a module that does nothing but make one. */
export const hasVectors = (): boolean =>
  WebAssembly.validate(
    moduleOf(0, { run: { locals: new Locals(0), code: [...v.const(0), DROP] } }),
  );

/** Throws a value away. */
const DROP = 0x1a;
