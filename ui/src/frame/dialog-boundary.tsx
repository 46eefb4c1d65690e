import {Component, type ReactNode, Suspense, useLayoutEffect} from 'react';
import {useCommandRegistry} from './use-commands.ts';

/**
 * Around what opens over a page: a dialog that breaks, or whose code does not come, closes and tells `onFault`; the page below stays.
 * While its code comes, a key means no command of the page below.
 * Give it the dialog's name as `key`, so that the next one begins whole.
 */
export class DialogBoundary extends Component<
  {readonly onFault: (error: unknown) => void; readonly fallback?: ReactNode; readonly children: ReactNode},
  {readonly broken: boolean}
> {
  override state = {broken: false};
  static getDerivedStateFromError(): {broken: boolean} {
    return {broken: true};
  }
  override componentDidCatch(error: unknown): void {
    this.props.onFault(error);
  }
  override render(): ReactNode {
    const {fallback, children} = this.props;
    if (this.state.broken) return fallback;
    return <Suspense fallback={<Coming>{fallback}</Coming>}>{children}</Suspense>;
  }
}

function Coming({children}: {readonly children: ReactNode}) {
  const {hold} = useCommandRegistry();
  useLayoutEffect(hold, [hold]);
  return children;
}
