import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CarryoverError } from '../../../domain/engine/failures/failures.js';
import { framesOf, plainWords } from '../../../domain/engine/plain-words.js';

const NAME = 'Zelda Quillfeather';

describe('the words of an error', () => {
  it('are its message if Carryover wrote it', () => {
    const error = new CarryoverError('SourceThrottled', 'Conversations is busy.');
    expect(plainWords(error)).toBe('Conversations is busy.');
  });

  it('are the message of a programming error', () => {
    expect(plainWords(thrownBy(() => (undefined as unknown as { body: string }).body))).toBe(
      "TypeError: Cannot read properties of undefined (reading 'body')",
    );
  });

  it.each([
    ['a parser', () => JSON.parse(`"${NAME}`) as unknown, 'SyntaxError'],
    ['a number that is none', () => BigInt(NAME), 'SyntaxError'],
    ['a Node function', () => Buffer.from(Symbol.iterator as never), 'TypeError (ERR_INVALID_ARG_TYPE)'],
    ['a URL', () => new URL(`//${NAME}`), 'TypeError (ERR_INVALID_URL)'],
  ])('are only name and code if %s may quote its input', (_, call, words) => {
    expect(plainWords(thrownBy(call))).toBe(words);
  });

  it('are name and code of a database error', () => {
    const error = Object.assign(new Error(`Key (name)=(${NAME}) already exists.`), {
      name: 'error',
      code: '23505',
      detail: NAME,
    });
    expect(plainWords(error)).toBe('error (23505)');
  });

  it('ignore a code that is more than a word', () => {
    expect(plainWords(Object.assign(new Error('x'), { code: `about ${NAME}` }))).toBe('Error');
  });

  it('say little about other values', () => {
    expect(plainWords(NAME)).toBe('string that is not an error');
    expect(plainWords(undefined)).toBe('undefined that is not an error');
  });

  it('never contain the message of any other error, nor do its frames', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('', '\n    at ', '\n    at x ('), (text, before) => {
        const marked = `${before}${text}<${NAME}>:1:2`;
        const error = new Error(marked);
        expect(plainWords(error)).not.toContain(NAME);
        expect(framesOf(error).join('\n')).not.toContain(NAME);
      }),
    );
  });
});

describe('the frames of an error', () => {
  it('show where it comes from', () => {
    const frames = framesOf(new Error(`about ${NAME}\n    at home (with:1:2)`));
    expect(frames[0]).toMatch(/^ {4}at .*plain-words\.test\.ts:\d+:\d+\)?$/);
    expect(frames.length).toBeGreaterThan(1);
  });

  it('are kept for asynchronous calls and for code without a file', () => {
    const error = new Error('x');
    const frames = [
      'async Promise.all (index 0)',
      '<anonymous>',
      'Array.map (<anonymous>)',
      'file:///a/b.js:1:2',
    ];
    error.stack = ['Error: x', ...frames.map((frame) => `    at ${frame}`)].join('\n');
    expect(framesOf(error)).toHaveLength(4);
  });

  it('are empty without a stack', () => {
    const error = new Error('x');
    delete error.stack;
    expect(framesOf(error)).toEqual([]);
  });
});

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
