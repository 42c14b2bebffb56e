const SIGNS = {
  overview: <path d="M2.500 2.500h4.500v5H2.500zM9 2.500h4.500v3H9zM9 7.500h4.500v6H9zM2.500 9.500h4.500v4H2.500z" />,
  agents: (
    <path d="M8 2.200v3M5 9.800 8 5.200l3 4.600M8 3.700a1.500 1.500 0 1 0 0-.01M3.800 13.300a1.800 1.800 0 1 0 0-.01M12.200 13.300a1.800 1.800 0 1 0 0-.01" />
  ),
  sessions: <path d="M2.500 11.500a6 6 0 1 1 11 0M8 9.500 10.800 6.200" />,
  files: <path d="M4 2h5l3.500 3.500V14H4zM9 2v3.500h3.500" />,
  events: <path d="M2.500 4h2M6.500 4h7M2.500 8h2M6.500 8h7M2.500 12h2M6.500 12h7" />,
  performance: <path d="M2 13.500V2.500M2 13.500h12M4.500 10.500l3-4 2.500 2 3.500-5" />,
  system: <path d="M2.500 2.500h11v4.500h-11zM2.500 9h11v4.500h-11zM5 4.750h.01M5 11.250h.01" />,
  more: <path d="M3 8h.01M8 8h.01M13 8h.01" stroke-width="2.6" />,
  search: <path d="M7 11.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9M10.300 10.300 14 14" />,
  theme: <path d="M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 2v12" />,
  keys: <path d="M1.500 4h13v8h-13zM4 6.500h.01M6.700 6.500h.01M9.300 6.500h.01M12 6.500h.01M5 9.500h6" />,
  settings: <path d="M2.500 5h6M12 5h1.500M2.500 11h1.500M7.500 11h6M10.200 3.200v3.600M5.700 9.200v3.600" />,
  account: <path d="M8 8a2.700 2.700 0 1 0 0-.01M2.800 13.800a5.200 5.200 0 0 1 10.400 0" />,
  close: <path d="M3.500 3.500l9 9M12.500 3.500l-9 9" />,
  pause: <path d="M5.500 3v10M10.500 3v10" />,
  play: <path d="M4.500 2.800v10.400L13 8z" />,
  link: (
    <path d="M6.800 9.200a2.600 2.600 0 0 0 3.700 0l2.300-2.300a2.600 2.600 0 0 0-3.700-3.700l-.9.900M9.200 6.800a2.600 2.600 0 0 0-3.700 0L3.200 9.100a2.600 2.600 0 0 0 3.700 3.700l.9-.900" />
  ),
  copy: <path d="M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3" />,
} as const;

export type SignName = keyof typeof SIGNS;

/** A line drawing of 16 by 16; the words are beside it or are the name of the button around it. */
export function Sign({ name }: { name: SignName }) {
  return (
    <svg
      class="sign"
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {SIGNS[name]}
    </svg>
  );
}

export function isSign(name: string): name is SignName {
  return Object.hasOwn(SIGNS, name);
}
