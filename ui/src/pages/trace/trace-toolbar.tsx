import {Button, Menu, TextInput} from '@mantine/core';
import {
  IconAlertCircle,
  IconArrowDown,
  IconArrowUp,
  IconChevronDown,
  IconFlag,
  IconFold,
  IconHourglass,
  IconSearch,
  IconZoomIn,
  IconZoomOut,
  IconZoomOutArea,
} from '@tabler/icons-react';
import type {KeyboardEvent, RefObject} from 'react';
import {useFormat, useText} from '../../i18n/index.ts';
import {foldableDepth, type TraceModel, traceText, zoomAt} from '../../timeline/index.ts';
import {traceTabs} from '../../urls/index.ts';
import {IconAction, Keycap} from '../../widgets/index.ts';
import classes from './trace-toolbar.module.css';
import type {TraceView} from './use-trace-view.ts';

/** The views of the trace, and the tools for finding one's way in it. */
export function TraceToolbar({
  model,
  view,
  find,
}: {
  readonly model: TraceModel;
  readonly view: TraceView;
  readonly find: RefObject<HTMLInputElement | null>;
}) {
  const text = useText(traceText).trace;
  const tab = view.url.tab ?? 'timeline';
  return (
    <div className={classes.bar}>
      <nav className={classes.tabs} aria-label={text.views}>
        {traceTabs.map((name) => (
          <button
            key={name}
            type="button"
            className={classes.tab}
            aria-pressed={name === tab}
            onClick={() => view.change({tab: name === 'timeline' ? undefined : name})}
          >
            {text.tabs[name]}
          </button>
        ))}
      </nav>
      {tab !== 'table' && <Find view={view} field={find} />}
      {tab === 'timeline' && (
        <>
          {model.errors > 0 && <Errors view={view} />}
          <IconAction
            label={text.longestWork}
            keys="w"
            icon={<IconHourglass size={16} />}
            onClick={() => view.stepWork(1)}
          />
          <FoldMenu model={model} view={view} />
          <ZoomTools model={model} view={view} />
        </>
      )}
    </div>
  );
}

function Find({view, field}: {readonly view: TraceView; readonly field: RefObject<HTMLInputElement | null>}) {
  const text = useText(traceText).trace;
  const format = useFormat();
  const found = view.found;
  const at = found === undefined || view.standing === undefined ? -1 : found.indexOf(view.standing);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter') view.stepFound(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape') {
      if (view.url.find !== undefined) view.change({find: undefined});
      field.current?.blur();
    } else return;
    event.preventDefault();
  };
  return (
    <div className={classes.find}>
      <TextInput
        ref={field}
        size="xs"
        w={230}
        aria-label={text.find}
        placeholder={text.find}
        value={view.url.find ?? ''}
        spellCheck={false}
        leftSection={<IconSearch size={14} />}
        rightSection={<Keycap>/</Keycap>}
        onChange={(event) =>
          view.change({find: event.currentTarget.value === '' ? undefined : event.currentTarget.value})
        }
        onKeyDown={onKeyDown}
      />
      <span role="status" className={classes.count}>
        {found === undefined
          ? ''
          : found.length === 0
            ? text.noMatch
            : text.matches(at < 0 ? '–' : format.count(at + 1), format.count(found.length))}
      </span>
      {found !== undefined && found.length > 0 && (
        <>
          <IconAction
            label={text.previous}
            keys="N"
            icon={<IconArrowUp size={14} />}
            size={24}
            onClick={() => view.stepFound(-1)}
          />
          <IconAction
            label={text.next}
            keys="n"
            icon={<IconArrowDown size={14} />}
            size={24}
            onClick={() => view.stepFound(1)}
          />
        </>
      )}
    </div>
  );
}

function Errors({view}: {readonly view: TraceView}) {
  const text = useText(traceText).trace;
  return (
    <div className={classes.group}>
      <Button
        size="compact-xs"
        variant={view.url.errors ? 'light' : 'subtle'}
        color={view.url.errors ? 'red' : 'gray'}
        fw={400}
        aria-pressed={view.url.errors === true}
        onClick={() => view.change({errors: view.url.errors ? undefined : true})}
      >
        {text.errorsOnly}
      </Button>
      <IconAction
        label={text.nextError}
        keys="e"
        icon={<IconAlertCircle size={16} color="var(--error)" />}
        onClick={() => view.stepFailed(1)}
      />
      <IconAction
        label={text.errorOrigin}
        keys="b"
        icon={<IconFlag size={16} color="var(--error)" />}
        onClick={() => view.stepOrigin(1)}
      />
    </div>
  );
}

function FoldMenu({model, view}: {readonly model: TraceModel; readonly view: TraceView}) {
  const text = useText(traceText).trace;
  const format = useFormat();
  const deepest = Math.min(8, foldableDepth(model.layout));
  return (
    <Menu>
      <Menu.Target>
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          fw={400}
          leftSection={<IconFold size={15} />}
          rightSection={<IconChevronDown size={12} />}
        >
          {text.fold}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item rightSection={<Keycap>[</Keycap>} onClick={() => view.fold({depth: 0, toggled: []})}>
          {text.foldAll}
        </Menu.Item>
        <Menu.Item rightSection={<Keycap>]</Keycap>} onClick={() => view.fold({depth: undefined, toggled: []})}>
          {text.unfoldAll}
        </Menu.Item>
        {deepest > 1 && <Menu.Divider />}
        {Array.from({length: Math.max(0, deepest - 1)}, (_, index) => index + 1).map((depth) => (
          <Menu.Item key={depth} onClick={() => view.fold({depth, toggled: []})}>
            {text.foldDepth(format.count(depth + 1))}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function ZoomTools({model, view}: {readonly model: TraceModel; readonly view: TraceView}) {
  const text = useText(traceText).trace;
  const {zoom} = view;
  const middle = (zoom.from + zoom.to) / 2;
  const whole = zoom.from === 0 && zoom.to === model.total;
  return (
    <div className={classes.group}>
      <IconAction
        label={text.zoomIn}
        keys="+"
        icon={<IconZoomIn size={16} />}
        onClick={() => view.setZoom(zoomAt(zoom, middle, 0.5, model.total))}
      />
      <IconAction
        label={text.zoomOut}
        keys="−"
        icon={<IconZoomOut size={16} />}
        disabled={whole}
        onClick={() => view.setZoom(zoomAt(zoom, middle, 2, model.total))}
      />
      <IconAction
        label={text.zoomAll}
        keys="0"
        icon={<IconZoomOutArea size={16} />}
        disabled={whole}
        onClick={() => view.setZoom(undefined)}
      />
    </div>
  );
}
