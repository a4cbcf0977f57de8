export function withLock<Result>(
  path: string,
  work: () => Result | Promise<Result>,
  onWait?: (pid: number) => void,
): Promise<Result>
