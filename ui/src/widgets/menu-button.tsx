import {type ComponentProps, type KeyboardEvent, type ReactElement, type ReactNode, useRef, useState} from 'react';
import {Floating} from './floating.tsx';
import classes from './menu-button.module.css';

type ButtonProps = Pick<ComponentProps<'button'>, 'ref' | 'onClick' | 'aria-haspopup' | 'aria-expanded'>;

/** A button and the menu that it opens. Whatever is chosen in it closes it. */
export function MenuButton({
  button,
  label,
  end,
  className,
  children,
}: {
  readonly button: (props: ButtonProps) => ReactElement;
  /** Names the menu. */
  readonly label: string;
  readonly end?: boolean;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}) {
  const anchor = useRef<HTMLButtonElement>(null);
  const [opened, setOpened] = useState(false);
  return (
    <>
      {button({
        ref: anchor,
        'aria-haspopup': 'menu',
        'aria-expanded': opened,
        onClick: () => setOpened(!opened),
      })}
      {opened && (
        <Floating
          anchor={anchor}
          label={label}
          role="menu"
          className={className}
          onClose={() => setOpened(false)}
          {...(end ? {end} : {})}
        >
          {/* biome-ignore lint/a11y/noStaticElementInteractions: keys and clicks of the items in it */}
          <div
            onKeyDown={step}
            onClick={({target}) => {
              if ((target as Element).closest('[role="menuitem"]') !== null) setOpened(false);
            }}
          >
            {children}
          </div>
        </Floating>
      )}
    </>
  );
}

/** For a link of the router, or whatever else is an item. */
export const menuItem = {role: 'menuitem', tabIndex: -1, className: classes.item} as const;

/** `href` makes it a link. */
export function MenuItem({
  icon,
  hint,
  href,
  download,
  onClick,
  children,
}: {
  readonly icon?: ReactNode;
  /** A quiet word at the end: a key, a figure. */
  readonly hint?: ReactNode;
  readonly href?: string;
  readonly download?: string;
  readonly onClick?: () => void;
  readonly children: ReactNode;
}) {
  const content = (
    <>
      {icon}
      <span className={classes.name}>{children}</span>
      {hint}
    </>
  );
  return href === undefined ? (
    <button type="button" {...menuItem} onClick={onClick}>
      {content}
    </button>
  ) : (
    <a {...menuItem} href={href} download={download}>
      {content}
    </a>
  );
}

/** A line between items, and words above some. */
export const MenuLine = () => <hr className={classes.line} />;
export const MenuLabel = ({children}: {readonly children: ReactNode}) => (
  <div className={classes.label}>{children}</div>
);

function step(event: KeyboardEvent<HTMLElement>): void {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role="menuitem"]')];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const next = {ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1}[event.key];
  if (next === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  items.at(next === items.length ? 0 : next)?.focus();
}
