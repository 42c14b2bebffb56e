const SHAPES = {
  dot: <circle cx="6" cy="6" r="3.5" fill="currentColor" />,
  ring: <circle cx="6" cy="6" r="3" fill="none" stroke="currentColor" stroke-width="1.5" />,
  square: <rect x="2.5" y="2.5" width="7" height="7" rx="1" fill="currentColor" />,
  check: <path d="M2 6.5 4.8 9.2 10 3.2" fill="none" stroke="currentColor" stroke-width="1.7" />,
  cross: <path d="M2.5 2.500l7 7M9.5 2.500l-7 7" fill="none" stroke="currentColor" stroke-width="1.7" />,
  rise: <path d="M6 2 11 10H1Z" fill="none" stroke="currentColor" stroke-width="1.3" stroke-linejoin="round" />,
  high: <path d="M6 1.5 11.2 10.500H.8Z" fill="currentColor" />,
  critical: <path d="M3.5 3 7 10H0ZM8.5 3 12 10H5Z" fill="currentColor" />,
  mark: <path d="M6 1 11 6 6 11 1 6Z" fill="currentColor" />,
  down: <path d="M2.5 4.5 6 8l3.5-3.5" fill="none" stroke="currentColor" stroke-width="1.7" />,
} as const;

export type Shape = keyof typeof SHAPES;

/** Always beside a word that says the same. */
export function Icon({ shape }: { shape: Shape }) {
  return (
    <svg class="icon" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      {SHAPES[shape]}
    </svg>
  );
}

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
      <path
        d="M1 8s2.6-4.8 7-4.800S15 8 15 8s-2.6 4.8-7 4.800S1 8 1 8Z"
        fill="none"
        stroke="currentColor"
        stroke-width="1.5"
      />
      <circle cx="8" cy="8" r="2.3" fill="currentColor" />
    </svg>
  );
}
