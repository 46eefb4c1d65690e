import {lazy, Suspense} from 'react';
import type {ChartProps} from './chart.tsx';

const Chart = lazy(() => import('./chart.tsx').then((module) => ({default: module.Chart})));

/** The chart, fetched by itself, so that nothing else waits for the drawing library; its place is as high as it will be. */
export function LazyChart(props: ChartProps) {
  return (
    <Suspense fallback={<div style={{height: props.height}} />}>
      <Chart {...props} />
    </Suspense>
  );
}
