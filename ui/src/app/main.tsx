import '../theme/mantine-styles.ts';
import '../theme/tokens.css';
import '../theme/base.css';
import {localStorageColorSchemeManager, MantineProvider} from '@mantine/core';
import {QueryClient, QueryClientProvider} from '@tanstack/react-query';
import {RouterProvider} from '@tanstack/react-router';
import {StrictMode} from 'react';
import {createRoot} from 'react-dom/client';
import {connection, failureOf} from '../api/index.ts';
import {chooseLanguage, type Language, shellText} from '../i18n/index.ts';
import {cssVariables, mantineTheme, recall} from '../theme/index.ts';
import {reloadForLostCode} from './lost-code.ts';
import {createPageRouter} from './router.tsx';
import {ServiceColoursProvider} from './service-colours-provider.tsx';
import {SpeechProvider} from './speech-provider.tsx';

const queryClient = new QueryClient({
  defaultOptions: {
    // A machine without a network may have its Weft all the same.
    mutations: {networkMode: 'always'},
    queries: {
      networkMode: 'always',
      refetchOnWindowFocus: false,
      // The API would refuse again; only silence is worth a second try.
      retry: (count, error) => failureOf(error).kind === 'unreachable' && count < 1,
      retryDelay: 700,
    },
  },
});
followConnection(queryClient);
reloadForLostCode();
const schemes = localStorageColorSchemeManager({key: 'weft.scheme'});
const language = chooseLanguage(recall('language'), navigator.languages);
document.documentElement.lang = language;
const text = await shellText.load(language);
const router = createPageRouter(queryClient, () => document.documentElement.lang as Language);

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider
      theme={mantineTheme}
      cssVariablesResolver={cssVariables}
      deduplicateCssVariables={false}
      colorSchemeManager={schemes}
      defaultColorScheme="auto"
    >
      <SpeechProvider first={{language, text}}>
        <QueryClientProvider client={queryClient}>
          <ServiceColoursProvider>
            <RouterProvider router={router} />
          </ServiceColoursProvider>
        </QueryClientProvider>
      </SpeechProvider>
    </MantineProvider>
  </StrictMode>,
);

/** What is on show is asked for again when Weft is back; the browser's own signs make it look at once. */
function followConnection(client: QueryClient): void {
  connection.onBack(() => void client.invalidateQueries());
  window.addEventListener('offline', () => void connection.doubt());
  window.addEventListener('online', connection.tryNow);
  const watch = (): void => connection.watch(document.visibilityState === 'visible');
  document.addEventListener('visibilitychange', watch);
  watch();
}
