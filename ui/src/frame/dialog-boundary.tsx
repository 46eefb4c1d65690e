import {Component, type ReactNode, Suspense} from 'react';

/**
 * Around what opens over a page: a dialog that breaks, or whose code does not come, closes and tells `onFault`; the page below stays.
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
    return this.state.broken ? fallback : <Suspense fallback={fallback}>{children}</Suspense>;
  }
}
