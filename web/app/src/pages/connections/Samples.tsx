/** How three events would look to whoever sees them with these settings. */
import { samples, shown, type Sight } from "./preview";
import classes from "./Samples.module.css";

export function Preview({ settings, where }: { settings: Sight; where: string }) {
  return (
    <div className={classes.preview} role="group" aria-label={where}>
      {samples.map((sample) => {
        const seen = shown(sample, settings);
        return (
          <div key={sample.what} className={classes.sample} data-absent={!seen || undefined}>
            <span className={classes.kind}>{sample.what}</span>
            {seen ? (
              <>
                <span className={classes.seen}>{seen.title}</span>
                {seen.lines.map((line) => <span key={line} className={classes.line}>{line}</span>)}
              </>
            ) : (
              <span className={classes.line}>Does not appear</span>
            )}
          </div>
        );
      })}
    </div>
  );
}
