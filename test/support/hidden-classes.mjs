/**
 * Preloaded into a process of the product: on SIGUSR2 it prints how many more empty objects may get a first property that none had before. V8 keeps
 * 1,536 such hidden classes; beyond that each further object has one of its own.
 */
import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';

process.on('SIGUSR2', () => {
  setFlagsFromString('--allow-natives-syntax');
  const haveSameMap = runInThisContext('(one, other) => %HaveSameMap(one, other)');
  const kept = [];
  const begin = (name) => {
    const object = {};
    object[name] = 1;
    kept.push(object);
    return object;
  };
  let room = 0;
  while (room < 2_000 && haveSameMap(begin(`probe ${room}`), begin(`probe ${room}`))) room += 1;
  process.stdout.write(`room for ${room} more\n`);
});
