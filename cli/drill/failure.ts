/** Carryover did not stand a fault. */
export class DrillFailure extends Error {
  override readonly name = 'DrillFailure';
}
