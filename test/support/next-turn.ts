/** Resolves in the next turn of the event loop: by then every promise has settled that needs no I/O. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
