import '../theme/mantine-styles.ts';
import '../theme/tokens.css';
import '../theme/base.css';
import {localStorageColorSchemeManager, MantineProvider} from '@mantine/core';
import {QueryClient, QueryClientProvider} from '@tanstack/react-query';
import {RouterProvider} from '@tanstack/react-router';
import {StrictMode} from 'react';
import {createRoot} from 'react-dom/client';
import {failureOf} from '../api/index.ts';
import {chooseLanguage, languages} from '../i18n/index.ts';
import {cssVariables, mantineTheme, recall, ServiceColoursContext, storedServiceColours} from '../theme/index.ts';
import {createPageRouter} from './router.tsx';
import {SpeechProvider} from './speech-provider.tsx';

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      refetchOnWindowFocus: false,
      // What the API refused it would refuse again; only silence is worth a second try.
      retry: (count, error) => failureOf(error).kind === 'unreachable' && count < 1,
      retryDelay: 700,
    },
  },
});
const router = createPageRouter();
const schemes = localStorageColorSchemeManager({key: 'weft.scheme'});
const colours = storedServiceColours();
const language = chooseLanguage(recall('language'), navigator.languages);
const text = await languages[language].load();

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider
      theme={mantineTheme}
      cssVariablesResolver={cssVariables}
      colorSchemeManager={schemes}
      defaultColorScheme="auto"
    >
      <SpeechProvider first={{language, text}}>
        <ServiceColoursContext value={colours}>
          <QueryClientProvider client={queryClient}>
            <RouterProvider router={router} />
          </QueryClientProvider>
        </ServiceColoursContext>
      </SpeechProvider>
    </MantineProvider>
  </StrictMode>,
);
