<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
<name>moltbox</name>
<message>
<location filename="../../app/actions.py"/>
<source>100 %</source>
<translation>100 %</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Accept all boxes shown</source>
<translation>Alle gezeigten Rahmen annehmen</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Accept as proposed</source>
<translation>Wie vorgeschlagen annehmen</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Accept, reject chosen photos</source>
<translation>Gewählte Fotos annehmen, ablehnen</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Back to review</source>
<translation>Voriges zu prüfendes</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Box</source>
<translation>Rahmen</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Bring labels in…</source>
<translation>Labels hereinholen…</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Calibrated threshold</source>
<translation>Kalibrierte Schwelle</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Choose a model file…</source>
<translation>Modelldatei wählen…</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Choose all listed photos</source>
<translation>Alle gelisteten Fotos wählen</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Chosen photos</source>
<translation>Gewählte Fotos</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Class 0</source>
<translation>Klasse 0</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Class 1</source>
<translation>Klasse 1</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Class 2</source>
<translation>Klasse 2</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Class 3</source>
<translation>Klasse 3</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Class 4</source>
<translation>Klasse 4</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Class 5</source>
<translation>Klasse 5</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Class 6</source>
<translation>Klasse 6</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Class 7</source>
<translation>Klasse 7</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Class 8</source>
<translation>Klasse 8</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Class 9</source>
<translation>Klasse 9</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Class by name…</source>
<translation>Klasse nach Namen…</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Classes…</source>
<translation>Klassen…</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Close folder</source>
<translation>Ordner schließen</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Copy boxes</source>
<translation>Rahmen kopieren</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Copy diagnostics</source>
<translation>Diagnose kopieren</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Crosshair</source>
<translation>Fadenkreuz</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Decide</source>
<translation>Entscheiden</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Draw several boxes in a row</source>
<translation>Mehrere Rahmen nacheinander zeichnen</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Edit</source>
<translation>Bearbeiten</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Evidence panel</source>
<translation>Begründung</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Export boxes…</source>
<translation>Rahmen exportieren…</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>File</source>
<translation>Datei</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Find photos</source>
<translation>Fotos finden</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>First photo</source>
<translation>Erstes Foto</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>First, last</source>
<translation>Erstes, letztes</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Fit the photo</source>
<translation>Foto einpassen</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Fit, 100 %</source>
<translation>Einpassen, 100 %</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Go on with the pre-labelling</source>
<translation>Mit den Vorschlägen fortfahren</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Go to photo…</source>
<translation>Gehe zu Foto…</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Grey</source>
<translation>Grau</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Heat map and threshold</source>
<translation>Wärmekarte und Schwelle</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Help</source>
<translation>Hilfe</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Hide boxes</source>
<translation>Rahmen ausblenden</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Inferno</source>
<translation>Inferno</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Keep the last photo's boxes</source>
<translation>Letzte Rahmen behalten</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Keep the zoom from photo to photo</source>
<translation>Zoom von Foto zu Foto behalten</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Last photo</source>
<translation>Letztes Foto</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Lower by 0.05</source>
<translation>Um 0.05 senken</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Lower the threshold</source>
<translation>Schwelle senken</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Model</source>
<translation>Modell</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Move by 1 px, with Shift 10</source>
<translation>Um 1 px schieben, mit ⇧ um 10</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Move on</source>
<translation>Weitergehen</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Next box</source>
<translation>Nächster Rahmen</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Next map, off</source>
<translation>Nächste Karte, keine</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Next part of the window</source>
<translation>Nächster Teil des Fensters</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Next to review</source>
<translation>Nächstes zu prüfendes</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Next, back</source>
<translation>Weiter, zurück</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>No map</source>
<translation>Keine Karte</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>One step back</source>
<translation>Einen Schritt zurück</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Only the photo while held</source>
<translation>Nur das Foto, solange gehalten</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Only the photo, full screen</source>
<translation>Nur das Foto, ganzer Bildschirm</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Open folder…</source>
<translation>Ordner öffnen…</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Pan</source>
<translation>Verschieben</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Paste boxes</source>
<translation>Rahmen einfügen</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Photo done, go on</source>
<translation>Foto fertig, weiter</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Pre-label photos…</source>
<translation>Rahmen vorschlagen…</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Preferences…</source>
<translation>Einstellungen…</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Project</source>
<translation>Projekt</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Quit</source>
<translation>Beenden</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Raise by 0.05</source>
<translation>Um 0.05 heben</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Raise the threshold</source>
<translation>Schwelle heben</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Reject what is proposed</source>
<translation>Vorgeschlagenes ablehnen</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Resize by 1 px</source>
<translation>Größe um 1 px ändern</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Restore the backup</source>
<translation>Sicherung zurückholen</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Review again</source>
<translation>Noch einmal prüfen</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Select boxes</source>
<translation>Rahmen auswählen</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Set class</source>
<translation>Klasse setzen</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Show failed photos</source>
<translation>Gescheiterte Fotos zeigen</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Show the training</source>
<translation>Training zeigen</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Snap box to the map</source>
<translation>Rahmen an die Karte legen</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>The box below, clicked again</source>
<translation>Der Rahmen darunter, nochmals geklickt</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Threshold by 0.01</source>
<translation>Schwelle um 0.01</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Threshold by the mouse</source>
<translation>Schwelle mit der Maus</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Threshold for all photos…</source>
<translation>Schwelle für alle Fotos…</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Train a model…</source>
<translation>Modell trainieren…</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Undo, redo</source>
<translation>Rückgängig, wiederholen</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>View</source>
<translation>Ansicht</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Viridis</source>
<translation>Viridis</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>What the photo shows…</source>
<translation>Was das Foto zeigt…</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Zoom by the mouse</source>
<translation>Zoomen mit der Maus</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Zoom in, out</source>
<translation>Größer, kleiner</translation>
</message>
<message>
<location filename="../../app/actions.py"/>
<source>Zoom to the box</source>
<translation>Auf den Rahmen zoomen</translation>
</message>
<message>
<location filename="../../app/acts/diagnosing.py"/>
<source>Diagnostics copied</source>
<translation>Diagnose kopiert</translation>
</message>
<message>
<location filename="../../app/acts/diagnosing.py"/>
<source>Paste them into your question. They hold no photo and no decision; the log is {file}.</source>
<translation>Fügen Sie sie in Ihre Frage ein. Sie enthält kein Foto und keine Entscheidung; das Protokoll ist {file}.</translation>
</message>
<message>
<location filename="../../app/acts/jobs.py"/>
<source>Pre-labelling was not finished</source>
<translation>Die Vorschläge wurden nicht fertig</translation>
</message>
<message>
<location filename="../../app/acts/jobs.py"/>
<source>{count} photo is left.</source>
<translation>{count} Foto fehlt noch.</translation>
</message>
<message>
<location filename="../../app/acts/jobs.py"/>
<source>{count} photos are left.</source>
<translation>{count} Fotos fehlen noch.</translation>
</message>
<message>
<location filename="../../app/acts/photos.py"/>
<source>Accept {count} photo</source>
<translation>{count} Foto annehmen</translation>
</message>
<message>
<location filename="../../app/acts/photos.py"/>
<source>Accept {count} photos</source>
<translation>{count} Fotos annehmen</translation>
</message>
<message>
<location filename="../../app/acts/photos.py"/>
<source>Copy path</source>
<translation>Pfad kopieren</translation>
</message>
<message>
<location filename="../../app/acts/photos.py"/>
<source>Copy paths</source>
<translation>Pfade kopieren</translation>
</message>
<message>
<location filename="../../app/acts/photos.py"/>
<source>Label {count} photo</source>
<translation>Klasse für {count} Foto</translation>
</message>
<message>
<location filename="../../app/acts/photos.py"/>
<source>Label {count} photos</source>
<translation>Klasse für {count} Fotos</translation>
</message>
<message>
<location filename="../../app/acts/photos.py"/>
<source>No class</source>
<translation>Keine Klasse</translation>
</message>
<message>
<location filename="../../app/acts/photos.py"/>
<source>Pre-label these</source>
<translation>Für diese vorschlagen</translation>
</message>
<message>
<location filename="../../app/acts/photos.py"/>
<source>Reject the boxes of {count} photo</source>
<translation>Rahmen von {count} Foto ablehnen</translation>
</message>
<message>
<location filename="../../app/acts/photos.py"/>
<source>Reject the boxes of {count} photos</source>
<translation>Rahmen von {count} Fotos ablehnen</translation>
</message>
<message>
<location filename="../../app/acts/photos.py"/>
<source>Review {count} photo again</source>
<translation>{count} Foto noch einmal prüfen</translation>
</message>
<message>
<location filename="../../app/acts/photos.py"/>
<source>Review {count} photos again</source>
<translation>{count} Fotos noch einmal prüfen</translation>
</message>
<message>
<location filename="../../app/acts/photos.py"/>
<source>Show in its folder</source>
<translation>Im Ordner zeigen</translation>
</message>
<message>
<location filename="../../app/acts/photos.py"/>
<source>Skip {count} photo</source>
<translation>{count} Foto überspringen</translation>
</message>
<message>
<location filename="../../app/acts/photos.py"/>
<source>Skip {count} photos</source>
<translation>{count} Fotos überspringen</translation>
</message>
<message>
<location filename="../../app/acts/photos.py"/>
<source>They show</source>
<translation>Sie zeigen</translation>
</message>
<message>
<location filename="../../app/acts/photos.py"/>
<source>{count} photo</source>
<translation>{count} Foto</translation>
</message>
<message>
<location filename="../../app/acts/photos.py"/>
<source>{count} photos</source>
<translation>{count} Fotos</translation>
</message>
<message>
<location filename="../../app/acts/training.py"/>
<source>Back to the model before</source>
<translation>Zurück zum vorigen Modell</translation>
</message>
<message>
<location filename="../../app/acts/training.py"/>
<source>Back to the model {model}</source>
<translation>Zurück zum Modell {model}</translation>
</message>
<message>
<location filename="../../app/acts/training.py"/>
<source>No Python on this computer can train</source>
<translation>Kein Python auf diesem Rechner kann trainieren</translation>
</message>
<message>
<location filename="../../app/acts/training.py"/>
<source>Type in a terminal: {command}</source>
<translation>In einem Terminal eingeben: {command}</translation>
</message>
<message>
<location filename="../../app/box_clipboard.py"/>
<source>Duplicate box</source>
<translation>Rahmen verdoppeln</translation>
</message>
<message>
<location filename="../../app/box_clipboard.py"/>
<source>Keep last boxes</source>
<translation>Letzte Rahmen behalten</translation>
</message>
<message>
<location filename="../../app/box_clipboard.py"/>
<source>Nothing to keep</source>
<translation>Nichts zu behalten</translation>
</message>
<message>
<location filename="../../app/box_clipboard.py"/>
<source>Nothing to snap to</source>
<translation>Nichts zum Anpassen</translation>
</message>
<message>
<location filename="../../app/box_clipboard.py"/>
<source>Paste {count} box</source>
<translation>{count} Rahmen einfügen</translation>
</message>
<message>
<location filename="../../app/box_clipboard.py"/>
<source>Paste {count} boxes</source>
<translation>{count} Rahmen einfügen</translation>
</message>
<message>
<location filename="../../app/box_clipboard.py"/>
<source>The map is nowhere above {threshold:.2f}.</source>
<translation>Die Karte liegt nirgends über {threshold:.2f}.</translation>
</message>
<message>
<location filename="../../app/box_clipboard.py"/>
<source>The map of this photo is not there yet.</source>
<translation>Die Karte dieses Fotos ist noch nicht da.</translation>
</message>
<message>
<location filename="../../app/box_clipboard.py"/>
<source>The photo shown before this one has no box that counts.</source>
<translation>Das vorher gezeigte Foto hat keinen Rahmen, der zählt.</translation>
</message>
<message>
<location filename="../../app/canvas/answer_bar.py"/>
<source>Accept</source>
<translation>Annehmen</translation>
</message>
<message>
<location filename="../../app/canvas/answer_bar.py"/>
<source>Accept all boxes</source>
<translation>Alle Rahmen annehmen</translation>
</message>
<message>
<location filename="../../app/canvas/answer_bar.py"/>
<source>Accept this box</source>
<translation>Diesen Rahmen annehmen</translation>
</message>
<message>
<location filename="../../app/canvas/answer_bar.py"/>
<source>Answers for the selected box</source>
<translation>Antworten für den gewählten Rahmen</translation>
</message>
<message>
<location filename="../../app/canvas/answer_bar.py"/>
<source>Change class</source>
<translation>Klasse ändern</translation>
</message>
<message>
<location filename="../../app/canvas/answer_bar.py"/>
<source>Delete box</source>
<translation>Rahmen löschen</translation>
</message>
<message>
<location filename="../../app/canvas/answer_bar.py"/>
<source>Duplicate</source>
<translation>Verdoppeln</translation>
</message>
<message>
<location filename="../../app/canvas/answer_bar.py"/>
<source>More for this box</source>
<translation>Mehr für diesen Rahmen</translation>
</message>
<message>
<location filename="../../app/canvas/answer_bar.py"/>
<source>Show rejected boxes</source>
<translation>Abgelehnte Rahmen zeigen</translation>
</message>
<message>
<location filename="../../app/canvas/answer_bar.py"/>
<source>Snap to the map</source>
<translation>An die Karte legen</translation>
</message>
<message>
<location filename="../../app/canvas/class_menu.py"/>
<source>Class</source>
<translation>Klasse</translation>
</message>
<message>
<location filename="../../app/canvas/class_menu.py"/>
<source>Class, or a new one</source>
<translation>Klasse, oder eine neue</translation>
</message>
<message>
<location filename="../../app/canvas/class_menu.py"/>
<source>Classes</source>
<translation>Klassen</translation>
</message>
<message>
<location filename="../../app/canvas/class_menu.py"/>
<source>Classes of the photo</source>
<translation>Klassen des Fotos</translation>
</message>
<message>
<location filename="../../app/canvas/class_menu.py"/>
<source>New class “{name}”</source>
<translation>Neue Klasse „{name}“</translation>
</message>
<message>
<location filename="../../app/canvas/class_menu.py"/>
<source>chosen</source>
<translation>gewählt</translation>
</message>
<message>
<location filename="../../app/canvas/float_buttons.py"/>
<source>Change the class</source>
<translation>Klasse ändern</translation>
</message>
<message>
<location filename="../../app/canvas/float_buttons.py"/>
<source>Class: {name}</source>
<translation>Klasse: {name}</translation>
</message>
<message>
<location filename="../../app/canvas/float_buttons.py"/>
<source>Reject</source>
<translation>Ablehnen</translation>
</message>
<message>
<location filename="../../app/canvas/float_buttons.py"/>
<source>Reject this box</source>
<translation>Diesen Rahmen ablehnen</translation>
</message>
<message>
<location filename="../../app/canvas/header.py"/>
<source>Class of the photo: {names}</source>
<translation>Klasse des Fotos: {names}</translation>
</message>
<message>
<location filename="../../app/canvas/header.py"/>
<source>Fused</source>
<translation>Vereint</translation>
</message>
<message>
<location filename="../../app/canvas/header.py"/>
<source>How strongly the map covers the photo</source>
<translation>Wie stark die Karte das Foto deckt</translation>
</message>
<message>
<location filename="../../app/canvas/header.py"/>
<source>Label photo</source>
<translation>Klasse nennen</translation>
</message>
<message>
<location filename="../../app/canvas/header.py"/>
<source>Map over the photo</source>
<translation>Karte über dem Foto</translation>
</message>
<message>
<location filename="../../app/canvas/header.py"/>
<source>Next map</source>
<translation>Nächste Karte</translation>
</message>
<message>
<location filename="../../app/canvas/header.py"/>
<source>Next photo</source>
<translation>Nächstes Foto</translation>
</message>
<message>
<location filename="../../app/canvas/header.py"/>
<source>Off</source>
<translation>Aus</translation>
</message>
<message>
<location filename="../../app/canvas/header.py"/>
<source>Opacity of the map</source>
<translation>Deckkraft der Karte</translation>
</message>
<message>
<location filename="../../app/canvas/header.py"/>
<source>Previous photo</source>
<translation>Voriges Foto</translation>
</message>
<message>
<location filename="../../app/canvas/header.py"/>
<source>Refined</source>
<translation>Verfeinert</translation>
</message>
<message>
<location filename="../../app/canvas/header.py"/>
<source>What the photo shows</source>
<translation>Was das Foto zeigt</translation>
</message>
<message>
<location filename="../../app/canvas/header.py"/>
<source>all reviewed</source>
<translation>alle geprüft</translation>
</message>
<message>
<location filename="../../app/canvas/header.py"/>
<source>looking, {done} of {total} scales</source>
<translation>sieht hin, {done} von {total} Skalen</translation>
</message>
<message>
<location filename="../../app/canvas/header.py"/>
<source>new class, {done} of {total} photos</source>
<translation>neue Klasse, {done} von {total} Fotos</translation>
</message>
<message>
<location filename="../../app/canvas/header.py"/>
<source>{name} + {more}</source>
<translation>{name} + {more}</translation>
</message>
<message>
<location filename="../../app/canvas/header.py"/>
<source>{place} of {total}</source>
<translation>{place} von {total}</translation>
</message>
<message>
<location filename="../../app/canvas/hidden_note.py"/>
<source>Boxes are hidden</source>
<translation>Rahmen sind ausgeblendet</translation>
</message>
<message>
<location filename="../../app/canvas/hidden_note.py"/>
<source>Show</source>
<translation>Zeigen</translation>
</message>
<message>
<location filename="../../app/canvas/hidden_note.py"/>
<source>Show the boxes</source>
<translation>Rahmen zeigen</translation>
</message>
<message>
<location filename="../../app/canvas/layers.py"/>
<source>before, {threshold:.2f}</source>
<translation>vorher, {threshold:.2f}</translation>
</message>
<message>
<location filename="../../app/canvas/light_bar.py"/>
<source>As in the file</source>
<translation>Wie in der Datei</translation>
</message>
<message>
<location filename="../../app/canvas/light_bar.py"/>
<source>Brightness</source>
<translation>Helligkeit</translation>
</message>
<message>
<location filename="../../app/canvas/light_bar.py"/>
<source>Brightness and contrast</source>
<translation>Helligkeit und Kontrast</translation>
</message>
<message>
<location filename="../../app/canvas/light_bar.py"/>
<source>Close</source>
<translation>Schließen</translation>
</message>
<message>
<location filename="../../app/canvas/light_bar.py"/>
<source>Contrast</source>
<translation>Kontrast</translation>
</message>
<message>
<location filename="../../app/canvas/looking_bar.py"/>
<source>Draw</source>
<translation>Zeichnen</translation>
</message>
<message>
<location filename="../../app/canvas/looking_bar.py"/>
<source>Draw a box</source>
<translation>Rahmen zeichnen</translation>
</message>
<message>
<location filename="../../app/canvas/looking_bar.py"/>
<source>Draw now</source>
<translation>Jetzt zeichnen</translation>
</message>
<message>
<location filename="../../app/canvas/looking_bar.py"/>
<source>Finding what {name} looks like</source>
<translation>Lernt, wie {name} aussieht</translation>
</message>
<message>
<location filename="../../app/canvas/looking_bar.py"/>
<source>Looking at {scale}</source>
<translation>Sieht hin bei {scale}</translation>
</message>
<message>
<location filename="../../app/canvas/looking_bar.py"/>
<source>Move the threshold</source>
<translation>Schwelle verschieben</translation>
</message>
<message>
<location filename="../../app/canvas/looking_bar.py"/>
<source>Move the threshold to {value}</source>
<translation>Schwelle auf {value} schieben</translation>
</message>
<message>
<location filename="../../app/canvas/looking_bar.py"/>
<source>No box at {at}</source>
<translation>Kein Rahmen bei {at}</translation>
</message>
<message>
<location filename="../../app/canvas/looking_bar.py"/>
<source>No box here</source>
<translation>Kein Rahmen hier</translation>
</message>
<message>
<location filename="../../app/canvas/looking_bar.py"/>
<source>No {name} here</source>
<translation>Kein {name} hier</translation>
</message>
<message>
<location filename="../../app/canvas/looking_bar.py"/>
<source>The map is nowhere above the threshold</source>
<translation>Die Karte liegt nirgends über der Schwelle</translation>
</message>
<message>
<location filename="../../app/canvas/looking_bar.py"/>
<source>Too small to box at {at}</source>
<translation>Zu klein für Rahmen bei {at}</translation>
</message>
<message>
<location filename="../../app/canvas/looking_bar.py"/>
<source>Use {value}</source>
<translation>{value} verwenden</translation>
</message>
<message>
<location filename="../../app/canvas/looking_bar.py"/>
<source>{done} of {total} photos</source>
<translation>{done} von {total} Fotos</translation>
</message>
<message>
<location filename="../../app/canvas/looking_bar.py"/>
<source>{seconds:.1f} s left</source>
<translation>noch {seconds:.1f} s</translation>
</message>
<message>
<location filename="../../app/canvas/looking_bar.py"/>
<source>{share} of the photo; least size {least}</source>
<translation>{share} des Fotos; kleinste Größe {least}</translation>
</message>
<message>
<location filename="../../app/canvas/navigator.py"/>
<source>Drag the frame to look elsewhere</source>
<translation>Den Ausschnitt ziehen, um woanders hinzusehen</translation>
</message>
<message>
<location filename="../../app/canvas/navigator.py"/>
<source>Navigator</source>
<translation>Übersicht</translation>
</message>
<message>
<location filename="../../app/canvas/notice_page.py"/>
<source>All {count} photos reviewed</source>
<translation>Alle {count} Fotos geprüft</translation>
</message>
<message>
<location filename="../../app/canvas/notice_page.py"/>
<source>Export</source>
<translation>Exportieren</translation>
</message>
<message>
<location filename="../../app/canvas/notice_page.py"/>
<source>See the other one</source>
<translation>Das andere ansehen</translation>
</message>
<message>
<location filename="../../app/canvas/notice_page.py"/>
<source>See the {count} others</source>
<translation>Die {count} anderen ansehen</translation>
</message>
<message>
<location filename="../../app/canvas/notice_page.py"/>
<source>Show file</source>
<translation>Datei zeigen</translation>
</message>
<message>
<location filename="../../app/canvas/notice_page.py"/>
<source>Skip</source>
<translation>Überspringen</translation>
</message>
<message>
<location filename="../../app/canvas/notice_page.py"/>
<source>This photo cannot be read</source>
<translation>Dieses Foto ist nicht lesbar</translation>
</message>
<message>
<location filename="../../app/canvas/notice_page.py"/>
<source>Try again</source>
<translation>Noch einmal versuchen</translation>
</message>
<message>
<location filename="../../app/canvas/read_out.py"/>
<source>box {size}</source>
<translation>Rahmen {size}</translation>
</message>
<message>
<location filename="../../app/canvas/read_out.py"/>
<source>no box</source>
<translation>kein Rahmen</translation>
</message>
<message>
<location filename="../../app/canvas/read_out.py"/>
<source>threshold {threshold:.2f}</source>
<translation>Schwelle {threshold:.2f}</translation>
</message>
<message>
<location filename="../../app/canvas/read_out.py"/>
<source>{percent} % of before</source>
<translation>{percent} % von vorher</translation>
</message>
<message>
<location filename="../../app/canvas/reason_pill.py"/>
<source>Look twice: {reason}</source>
<translation>Genau hinsehen: {reason}</translation>
</message>
<message>
<location filename="../../app/canvas/reason_pill.py"/>
<source>the box jumps at {threshold}</source>
<translation>der Rahmen springt bei {threshold}</translation>
</message>
<message>
<location filename="../../app/canvas/reason_pill.py"/>
<source>the class is in doubt</source>
<translation>die Klasse ist zweifelhaft</translation>
</message>
<message>
<location filename="../../app/canvas/reason_pill.py"/>
<source>the scales disagree</source>
<translation>die Skalen sind uneinig</translation>
</message>
<message>
<location filename="../../app/canvas/reason_pill.py"/>
<source>too small to box at {threshold}</source>
<translation>zu klein für einen Rahmen bei {threshold}</translation>
</message>
<message>
<location filename="../../app/canvas/tool_bar.py"/>
<source>Move the photo, Space held</source>
<translation>Foto schieben, Leertaste gehalten</translation>
</message>
<message>
<location filename="../../app/canvas/tool_bar.py"/>
<source>Select, move and resize boxes</source>
<translation>Rahmen wählen, schieben und ändern</translation>
</message>
<message>
<location filename="../../app/canvas/tool_bar.py"/>
<source>Tools</source>
<translation>Werkzeuge</translation>
</message>
<message>
<location filename="../../app/canvas/view.py"/>
<source>Photo</source>
<translation>Foto</translation>
</message>
<message>
<location filename="../../app/canvas/words.py"/>
<source>box {place} of {total}</source>
<translation>Rahmen {place} von {total}</translation>
</message>
<message>
<location filename="../../app/canvas/words.py"/>
<source>{count} box</source>
<translation>{count} Rahmen</translation>
</message>
<message>
<location filename="../../app/canvas/words.py"/>
<source>{count} boxes</source>
<translation>{count} Rahmen</translation>
</message>
<message>
<location filename="../../app/canvas/zoom_bar.py"/>
<source>Fit</source>
<translation>Einpassen</translation>
</message>
<message>
<location filename="../../app/canvas/zoom_bar.py"/>
<source>Show photo pixels as screen pixels</source>
<translation>Fotopixel als Bildschirmpixel zeigen</translation>
</message>
<message>
<location filename="../../app/canvas/zoom_bar.py"/>
<source>Show the whole photo</source>
<translation>Das ganze Foto zeigen</translation>
</message>
<message>
<location filename="../../app/canvas/zoom_bar.py"/>
<source>Zoom</source>
<translation>Zoom</translation>
</message>
<message>
<location filename="../../app/canvas/zoom_bar.py"/>
<source>Zoom in</source>
<translation>Vergrößern</translation>
</message>
<message>
<location filename="../../app/canvas/zoom_bar.py"/>
<source>Zoom out</source>
<translation>Verkleinern</translation>
</message>
<message>
<location filename="../../app/canvas/zoom_bar.py"/>
<source>Zoom {figure}</source>
<translation>Zoom {figure}</translation>
</message>
<message>
<location filename="../../app/class_acts.py"/>
<source>Add class</source>
<translation>Klasse hinzufügen</translation>
</message>
<message>
<location filename="../../app/class_acts.py"/>
<source>Change key of class</source>
<translation>Taste der Klasse ändern</translation>
</message>
<message>
<location filename="../../app/class_acts.py"/>
<source>Delete {count} class</source>
<translation>{count} Klasse löschen</translation>
</message>
<message>
<location filename="../../app/class_acts.py"/>
<source>Delete {count} classes</source>
<translation>{count} Klassen löschen</translation>
</message>
<message>
<location filename="../../app/class_acts.py"/>
<source>Merge classes</source>
<translation>Klassen vereinen</translation>
</message>
<message>
<location filename="../../app/class_acts.py"/>
<source>Recolour class</source>
<translation>Klasse umfärben</translation>
</message>
<message>
<location filename="../../app/class_acts.py"/>
<source>Rename class</source>
<translation>Klasse umbenennen</translation>
</message>
<message>
<location filename="../../app/class_acts.py"/>
<source>The class stays as it is</source>
<translation>Die Klasse bleibt, wie sie ist</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>A digit gives a box this class at once.</source>
<translation>Eine Ziffer gibt einem Rahmen sofort diese Klasse.</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>Colour</source>
<translation>Farbe</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>Delete class</source>
<translation>Klasse löschen</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>Deletes this class</source>
<translation>Löscht diese Klasse</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>Gives all its boxes and photos to another class</source>
<translation>Gibt alle ihre Rahmen und Fotos einer anderen Klasse</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>In this folder</source>
<translation>In diesem Ordner</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>Key</source>
<translation>Taste</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>Key of the class</source>
<translation>Taste der Klasse</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>Merge into</source>
<translation>Vereinen mit</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>Merge into {name}, which is there already</source>
<translation>Mit {name} vereinen, die es schon gibt</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>Merge into…</source>
<translation>Vereinen mit…</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>Name</source>
<translation>Name</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>Name of the class</source>
<translation>Name der Klasse</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>None</source>
<translation>Keine</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>On the photo, {key} gives a box this class.</source>
<translation>Auf dem Foto gibt {key} einem Rahmen diese Klasse.</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>Only a class that no box and no photo has can be deleted</source>
<translation>Nur eine Klasse, die kein Rahmen und kein Foto hat, kann gelöscht werden</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>amber</source>
<translation>Bernstein</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>green</source>
<translation>Grün</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>lemon</source>
<translation>Zitrone</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>mauve</source>
<translation>Malve</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>mint</source>
<translation>Minze</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>sky</source>
<translation>Himmel</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>vermilion</source>
<translation>Zinnober</translation>
</message>
<message>
<location filename="../../app/dialogs/class_form.py"/>
<source>violet</source>
<translation>Violett</translation>
</message>
<message>
<location filename="../../app/dialogs/class_list.py"/>
<source>key {digit}</source>
<translation>Taste {digit}</translation>
</message>
<message>
<location filename="../../app/dialogs/class_list.py"/>
<source>no key</source>
<translation>keine Taste</translation>
</message>
<message>
<location filename="../../app/dialogs/class_list.py"/>
<source>unused</source>
<translation>unbenutzt</translation>
</message>
<message>
<location filename="../../app/dialogs/class_list.py"/>
<source>{count} rejected box</source>
<translation>{count} abgelehnter Rahmen</translation>
</message>
<message>
<location filename="../../app/dialogs/class_list.py"/>
<source>{count} rejected boxes</source>
<translation>{count} abgelehnte Rahmen</translation>
</message>
<message>
<location filename="../../app/dialogs/classes.py"/>
<source>Add</source>
<translation>Hinzufügen</translation>
</message>
<message>
<location filename="../../app/dialogs/classes.py"/>
<source>Add {name}, Return</source>
<translation>{name} hinzufügen, Eingabe</translation>
</message>
<message>
<location filename="../../app/dialogs/classes.py"/>
<source>Delete {count} unused class</source>
<translation>{count} unbenutzte Klasse löschen</translation>
</message>
<message>
<location filename="../../app/dialogs/classes.py"/>
<source>Delete {count} unused classes</source>
<translation>{count} unbenutzte Klassen löschen</translation>
</message>
<message>
<location filename="../../app/dialogs/classes.py"/>
<source>Find a class, or name a new one</source>
<translation>Klasse finden, oder eine neue nennen</translation>
</message>
<message>
<location filename="../../app/dialogs/classes.py"/>
<source>Type a name to add a class</source>
<translation>Name eintippen, um eine Klasse hinzuzufügen</translation>
</message>
<message>
<location filename="../../app/dialogs/classes.py"/>
<source>{count} class</source>
<translation>{count} Klasse</translation>
</message>
<message>
<location filename="../../app/dialogs/classes.py"/>
<source>{count} classes</source>
<translation>{count} Klassen</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>Accepted, edited and drawn</source>
<translation>Angenommen, geändert, gezeichnet</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>Change</source>
<translation>Ändern</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>Copy photos beside the labels</source>
<translation>Fotos neben die Labels kopieren</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>Copy report</source>
<translation>Bericht kopieren</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>Done</source>
<translation>Fertig</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>Edges, as labelImg</source>
<translation>Kanten, wie labelImg</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>Export again</source>
<translation>Noch einmal exportieren</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>Export boxes</source>
<translation>Rahmen exportieren</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>Folder for the label files</source>
<translation>Ordner für die Label-Dateien</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>Format</source>
<translation>Format</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>Only the {count} photo chosen</source>
<translation>Nur das {count} gewählte Foto</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>Only the {count} photos chosen</source>
<translation>Nur die {count} gewählten Fotos</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>Open folder</source>
<translation>Ordner öffnen</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>Photos without a box too</source>
<translation>Auch Fotos ohne Rahmen</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>Pixels from 1, as VOC</source>
<translation>Pixel ab 1, wie VOC</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>Proposals too</source>
<translation>Auch Vorschläge</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>Replace what is there</source>
<translation>Vorhandenes ersetzen</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>Where</source>
<translation>Wohin</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>Where to write</source>
<translation>Wohin schreiben</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>Which boxes</source>
<translation>Welche Rahmen</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>adds {boxes} of photos not yet reviewed</source>
<translation>dazu {boxes} ungeprüfter Fotos</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>one JSON file</source>
<translation>eine JSON-Datei</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>one XML file a photo</source>
<translation>eine XML-Datei je Foto</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>one table, a line a box</source>
<translation>eine Tabelle, je Rahmen eine Zeile</translation>
</message>
<message>
<location filename="../../app/dialogs/export.py"/>
<source>one text file a photo</source>
<translation>eine Textdatei je Foto</translation>
</message>
<message>
<location filename="../../app/dialogs/export_result.py"/>
<source>A table for spreadsheets: edges in pixels of the upright photo, with state and score.</source>
<translation>Eine Tabelle für Tabellenprogramme: Kanten in Pixeln des aufrechten Fotos, mit Zustand und Wert.</translation>
</message>
<message>
<location filename="../../app/dialogs/export_result.py"/>
<source>After writing, the file is read back and compared</source>
<translation>Nach dem Schreiben wird die Datei zurückgelesen und verglichen</translation>
</message>
<message>
<location filename="../../app/dialogs/export_result.py"/>
<source>Hide</source>
<translation>Ausblenden</translation>
</message>
<message>
<location filename="../../app/dialogs/export_result.py"/>
<source>One XML file for each photo, in folders like the photos'. Coordinates are whole pixels.</source>
<translation>Eine XML-Datei je Foto, in Ordnern wie die der Fotos. Koordinaten sind ganze Pixel.</translation>
</message>
<message>
<location filename="../../app/dialogs/export_result.py"/>
<source>One text file for each photo, in folders like the photos', and the classes in data.yaml.</source>
<translation>Eine Textdatei je Foto, in Ordnern wie die der Fotos, und die Klassen in data.yaml.</translation>
</message>
<message>
<location filename="../../app/dialogs/export_result.py"/>
<source>Photos without a box are listed with no annotation. Numbers stay the same from export to export.</source>
<translation>Fotos ohne Rahmen stehen ohne Annotation in der Liste. Nummern bleiben von Export zu Export gleich.</translation>
</message>
<message>
<location filename="../../app/dialogs/export_result.py"/>
<source>Show the photos: {fact}</source>
<translation>Fotos zeigen: {fact}</translation>
</message>
<message>
<location filename="../../app/dialogs/export_result.py"/>
<source>Writing the boxes and reading them back</source>
<translation>Rahmen werden geschrieben und zurückgelesen</translation>
</message>
<message>
<location filename="../../app/dialogs/export_result.py"/>
<source>and {count} more; all of them are in the copied report</source>
<translation>und {count} weitere; alle stehen im kopierten Bericht</translation>
</message>
<message>
<location filename="../../app/dialogs/go_to.py"/>
<source>Go to photo</source>
<translation>Gehe zu Foto</translation>
</message>
<message>
<location filename="../../app/dialogs/go_to.py"/>
<source>No listed photo has this number or name.</source>
<translation>Kein gelistetes Foto hat diese Nummer oder diesen Namen.</translation>
</message>
<message>
<location filename="../../app/dialogs/go_to.py"/>
<source>Number or name</source>
<translation>Nummer oder Name</translation>
</message>
<message>
<location filename="../../app/dialogs/go_to.py"/>
<source>Number or name of the photo</source>
<translation>Nummer oder Name des Fotos</translation>
</message>
<message>
<location filename="../../app/dialogs/go_to.py"/>
<source>Photos found</source>
<translation>Gefundene Fotos</translation>
</message>
<message>
<location filename="../../app/dialogs/go_to.py"/>
<source>The first {count}; type more to find the others.</source>
<translation>Die ersten {count}; mehr tippen findet die anderen.</translation>
</message>
<message>
<location filename="../../app/dialogs/go_to.py"/>
<source>{count} photo found</source>
<translation>{count} Foto gefunden</translation>
</message>
<message>
<location filename="../../app/dialogs/go_to.py"/>
<source>{count} photo in the list</source>
<translation>{count} Foto in der Liste</translation>
</message>
<message>
<location filename="../../app/dialogs/go_to.py"/>
<source>{count} photos found</source>
<translation>{count} Fotos gefunden</translation>
</message>
<message>
<location filename="../../app/dialogs/go_to.py"/>
<source>{count} photos in the list</source>
<translation>{count} Fotos in der Liste</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>A COCO file</source>
<translation>Eine COCO-Datei</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>A table of boxes</source>
<translation>Eine Tabelle mit Rahmen</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>A table of what photos show</source>
<translation>Eine Tabelle, was Fotos zeigen</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>Boxes come as proposals that wait for your answer</source>
<translation>Rahmen kommen als Vorschläge, die auf Ihre Antwort warten</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>Boxes count at once, and their photos are reviewed</source>
<translation>Rahmen zählen sofort, und ihre Fotos sind geprüft</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>Bring in</source>
<translation>Hereinholen</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>Bring labels in</source>
<translation>Labels hereinholen</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>Brought in</source>
<translation>Hereingeholt</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>COCO, Pascal VOC, YOLO, tables of boxes, and what photos show from tables or ImageSets/Main. A file can be dropped on the window too.</source>
<translation>COCO, Pascal VOC, YOLO, Tabellen mit Rahmen, und was Fotos zeigen aus Tabellen oder ImageSets/Main. Eine Datei kann auch auf das Fenster gezogen werden.</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>Choose a file</source>
<translation>Datei wählen</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>Choose a folder</source>
<translation>Ordner wählen</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>Choose a folder of labels</source>
<translation>Ordner mit Labels wählen</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>Choose a label file</source>
<translation>Label-Datei wählen</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>I want to look at each</source>
<translation>Ich will jeden ansehen</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>Label files</source>
<translation>Label-Dateien</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>No file chosen</source>
<translation>Keine Datei gewählt</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>Nothing can be brought in</source>
<translation>Nichts kann hereingeholt werden</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>Pascal VOC files</source>
<translation>Pascal-VOC-Dateien</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>Photos, boxes or classes that had them in the file have new ones here.</source>
<translation>Fotos, Rahmen oder Klassen, die sie in der Datei hatten, haben hier neue.</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>Read as pixel edges, as labelImg writes them.</source>
<translation>Als Pixelkanten gelesen, wie labelImg sie schreibt.</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>Read as pixels counted from 1, both ends included.</source>
<translation>Als Pixel ab 1 gelesen, beide Enden eingeschlossen.</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>Their labels are left out.</source>
<translation>Ihre Labels bleiben draußen.</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>These are no labels that can be read</source>
<translation>Das sind keine lesbaren Labels</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>They are right</source>
<translation>Sie stimmen</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>VOC files do not always tell how they count</source>
<translation>VOC-Dateien sagen nicht immer, wie sie zählen</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>VOC lists of what photos show</source>
<translation>VOC-Listen, was Fotos zeigen</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>What you decided yourself stays as it is. Undo begins anew after labels came in.</source>
<translation>Was Sie selbst entschieden haben, bleibt, wie es ist. Rückgängig beginnt neu, nachdem Labels kamen.</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>YOLO files</source>
<translation>YOLO-Dateien</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>{count} number was taken</source>
<translation>{count} Nummer war vergeben</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>{count} numbers were taken</source>
<translation>{count} Nummern waren vergeben</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>{count} photo is not in this folder</source>
<translation>{count} Foto ist nicht in diesem Ordner</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>{count} photo was left as it is</source>
<translation>{count} Foto blieb, wie es ist</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>{count} photo with a class</source>
<translation>{count} Foto mit einer Klasse</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>{count} photos are not in this folder</source>
<translation>{count} Fotos sind nicht in diesem Ordner</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>{count} photos were left as they are</source>
<translation>{count} Fotos blieben, wie sie sind</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>{count} photos with a class</source>
<translation>{count} Fotos mit einer Klasse</translation>
</message>
<message>
<location filename="../../app/dialogs/import_labels.py"/>
<source>{photos}, {boxes}</source>
<translation>{photos}, {boxes}</translation>
</message>
<message>
<location filename="../../app/dialogs/key_editor.py"/>
<source>Add a key</source>
<translation>Taste hinzufügen</translation>
</message>
<message>
<location filename="../../app/dialogs/key_editor.py"/>
<source>Back to the usual keys</source>
<translation>Zurück zu den üblichen Tasten</translation>
</message>
<message>
<location filename="../../app/dialogs/key_editor.py"/>
<source>Change this key; Del takes it away</source>
<translation>Diese Taste ändern; Entf nimmt sie weg</translation>
</message>
<message>
<location filename="../../app/dialogs/key_editor.py"/>
<source>Over the photo it always does this: {act}.</source>
<translation>Über dem Foto tut sie immer dies: {act}.</translation>
</message>
<message>
<location filename="../../app/dialogs/key_editor.py"/>
<source>Press a key</source>
<translation>Taste drücken</translation>
</message>
<message>
<location filename="../../app/dialogs/key_editor.py"/>
<source>That act would be left without a key.</source>
<translation>Diese Aktion hätte dann keine Taste mehr.</translation>
</message>
<message>
<location filename="../../app/dialogs/key_editor.py"/>
<source>That act would keep {keys}.</source>
<translation>Diese Aktion behielte {keys}.</translation>
</message>
<message>
<location filename="../../app/dialogs/key_editor.py"/>
<source>{act}: a further key</source>
<translation>{act}: weitere Taste</translation>
</message>
<message>
<location filename="../../app/dialogs/key_editor.py"/>
<source>{act}: back to the usual keys</source>
<translation>{act}: zurück zu den üblichen Tasten</translation>
</message>
<message>
<location filename="../../app/dialogs/key_editor.py"/>
<source>{act}: key {key}</source>
<translation>{act}: Taste {key}</translation>
</message>
<message>
<location filename="../../app/dialogs/key_editor.py"/>
<source>{key} cannot be given away</source>
<translation>{key} kann nicht vergeben werden</translation>
</message>
<message>
<location filename="../../app/dialogs/key_editor.py"/>
<source>{key} is the key of “{act}”</source>
<translation>{key} ist die Taste für „{act}“</translation>
</message>
<message>
<location filename="../../app/dialogs/key_editor.py"/>
<source>{key} of the keypad</source>
<translation>{key} im Ziffernblock</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>Keyboard with the acts on their keys; the list below says the same in words</source>
<translation>Tastatur mit den Aktionen auf ihren Tasten; die Liste darunter sagt dasselbe in Worten</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>One hand on the keys, one on the mouse, or none.</source>
<translation>Eine Hand an den Tasten, eine an der Maus, oder keine.</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>accept</source>
<translation>passt</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>back</source>
<translation>zurück</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>class</source>
<translation>Klasse</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>decide</source>
<translation>entscheiden</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>delete</source>
<translation>löschen</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>draw</source>
<translation>zeichnen</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>evidence</source>
<translation>Belege</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>find</source>
<translation>finden</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>heat map</source>
<translation>Karte</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>hide</source>
<translation>ohne</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>less</source>
<translation>weniger</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>lines</source>
<translation>Linien</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>more</source>
<translation>mehr</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>move on</source>
<translation>weitergehen</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>next</source>
<translation>weiter</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>peek</source>
<translation>nur Foto</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>reject</source>
<translation>ablehnen</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>reset</source>
<translation>zurück</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>see</source>
<translation>sehen</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>select</source>
<translation>wählen</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>skip</source>
<translation>auslassen</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>snap</source>
<translation>anlegen</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>threshold</source>
<translation>Schwelle</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>tools</source>
<translation>Werkzeuge</translation>
</message>
<message>
<location filename="../../app/dialogs/keyboard.py"/>
<source>zoom</source>
<translation>zoomen</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>As the desktop</source>
<translation>Wie der Desktop</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Beside the photos</source>
<translation>Neben den Fotos</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Change keys</source>
<translation>Tasten ändern</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Dark</source>
<translation>Dunkel</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Deciding</source>
<translation>Entscheiden</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Every act can have other keys.</source>
<translation>Jede Aktion kann andere Tasten haben.</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Go on after the last answer</source>
<translation>Nach der letzten Antwort weitergehen</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>High</source>
<translation>Hoch</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>High draws outlines instead of soft fills.</source>
<translation>Hoch zeichnet Umrisse statt sanfter Flächen.</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>In per cent of the desktop's own size.</source>
<translation>In Prozent der Größe des Desktops.</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>In “Annotations”</source>
<translation>In „Annotations“</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Keep VOC files in step</source>
<translation>VOC-Dateien mitführen</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Keys</source>
<translation>Tasten</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Keys of all acts</source>
<translation>Tasten aller Aktionen</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Language</source>
<translation>Sprache</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Language of the window</source>
<translation>Sprache des Fensters</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Light</source>
<translation>Hell</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Looks</source>
<translation>Aussehen</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Map colours</source>
<translation>Farben der Karten</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Nothing fades or slides; the next photo follows at once.</source>
<translation>Nichts blendet oder gleitet; das nächste Foto folgt sofort.</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>On</source>
<translation>An</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>One Pascal VOC file for each reviewed photo, written as you decide and removed when you take the review back. Files of other tools are never replaced.</source>
<translation>Eine Pascal-VOC-Datei für jedes geprüfte Foto, geschrieben, während Sie entscheiden, und entfernt, wenn Sie die Prüfung zurücknehmen. Dateien anderer Werkzeuge werden nie ersetzt.</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Preferences</source>
<translation>Einstellungen</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Reduce motion</source>
<translation>Weniger Bewegung</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Size of text</source>
<translation>Schriftgröße</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>The next photo to review follows when a photo has its last answer.</source>
<translation>Das nächste zu prüfende Foto folgt, sobald ein Foto seine letzte Antwort hat.</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>The window speaks it from the next start.</source>
<translation>Das Fenster spricht sie ab dem nächsten Start.</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Theme</source>
<translation>Farbschema</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Usual</source>
<translation>Üblich</translation>
</message>
<message>
<location filename="../../app/dialogs/preferences.py"/>
<source>Viridis keeps its order for every kind of colour sight.</source>
<translation>Viridis behält seine Ordnung für jede Art des Farbensehens.</translation>
</message>
<message>
<location filename="../../app/dialogs/prelabel.py"/>
<source>About {time} on this machine ({device})</source>
<translation>Etwa {time} auf diesem Rechner ({device})</translation>
</message>
<message>
<location filename="../../app/dialogs/prelabel.py"/>
<source>All that nobody has reviewed</source>
<translation>Alle, die niemand geprüft hat</translation>
</message>
<message>
<location filename="../../app/dialogs/prelabel.py"/>
<source>Cancel</source>
<translation>Abbrechen</translation>
</message>
<message>
<location filename="../../app/dialogs/prelabel.py"/>
<source>New photos</source>
<translation>Neue Fotos</translation>
</message>
<message>
<location filename="../../app/dialogs/prelabel.py"/>
<source>No photo waits for a box</source>
<translation>Kein Foto wartet auf einen Rahmen</translation>
</message>
<message>
<location filename="../../app/dialogs/prelabel.py"/>
<source>Photos that this model has looked at already are passed over.</source>
<translation>Fotos, die dieses Modell schon angesehen hat, werden übergangen.</translation>
</message>
<message>
<location filename="../../app/dialogs/prelabel.py"/>
<source>Pre-label photos</source>
<translation>Rahmen vorschlagen</translation>
</message>
<message>
<location filename="../../app/dialogs/prelabel.py"/>
<source>Start</source>
<translation>Starten</translation>
</message>
<message>
<location filename="../../app/dialogs/prelabel.py"/>
<source>Those chosen in the list</source>
<translation>Die in der Liste gewählten</translation>
</message>
<message>
<location filename="../../app/dialogs/prelabel.py"/>
<source>Those listed now</source>
<translation>Die jetzt gelisteten</translation>
</message>
<message>
<location filename="../../app/dialogs/prelabel.py"/>
<source>What you accepted, edited, drew or rejected stays as it is. You can go on labelling meanwhile.</source>
<translation>Was Sie angenommen, geändert, gezeichnet oder abgelehnt haben, bleibt, wie es ist. Sie können währenddessen weiterarbeiten.</translation>
</message>
<message>
<location filename="../../app/dialogs/prelabel.py"/>
<source>{count} photo without an answer</source>
<translation>{count} Foto ohne Antwort</translation>
</message>
<message>
<location filename="../../app/dialogs/prelabel.py"/>
<source>{count} photos without an answer</source>
<translation>{count} Fotos ohne Antwort</translation>
</message>
<message>
<location filename="../../app/dialogs/sheet.py"/>
<source>Close, Esc</source>
<translation>Schließen, Esc</translation>
</message>
<message>
<location filename="../../app/dialogs/shortcuts.py"/>
<source>A change counts at once. Click a key and press another one; Esc gives up, Del takes the key away.</source>
<translation>Eine Änderung gilt sofort. Taste anklicken und eine andere drücken; Esc bricht ab, Entf nimmt die Taste weg.</translation>
</message>
<message>
<location filename="../../app/dialogs/shortcuts.py"/>
<source>Find an act by name or by its key</source>
<translation>Aktion nach Namen oder Taste finden</translation>
</message>
<message>
<location filename="../../app/dialogs/shortcuts.py"/>
<source>Find an act or press a key</source>
<translation>Aktion suchen oder Taste drücken</translation>
</message>
<message>
<location filename="../../app/dialogs/shortcuts.py"/>
<source>Nothing is called or has the key {wanted}.</source>
<translation>Nichts heißt {wanted} oder hat diese Taste.</translation>
</message>
<message>
<location filename="../../app/dialogs/shortcuts.py"/>
<source>Reset all keys</source>
<translation>Alle Tasten zurücksetzen</translation>
</message>
<message>
<location filename="../../app/dialogs/shortcuts.py"/>
<source>Use it here</source>
<translation>Hier verwenden</translation>
</message>
<message>
<location filename="../../app/dialogs/shortcuts.py"/>
<source>{key} opens and closes this sheet</source>
<translation>{key} öffnet und schließt dieses Blatt</translation>
</message>
<message>
<location filename="../../app/dialogs/train.py"/>
<source>A light network; minutes on this computer</source>
<translation>Ein leichtes Netz; Minuten auf diesem Rechner</translation>
</message>
<message>
<location filename="../../app/dialogs/train.py"/>
<source>About {time} on this computer ({device})</source>
<translation>Etwa {time} auf diesem Rechner ({device})</translation>
</message>
<message>
<location filename="../../app/dialogs/train.py"/>
<source>Boxes are never learnt from. You can go on labelling meanwhile; closing the window pauses it.</source>
<translation>Aus Rahmen wird nie gelernt. Sie können derweil weiterarbeiten; Schließen des Fensters hält das Training an.</translation>
</message>
<message>
<location filename="../../app/dialogs/train.py"/>
<source>CPU</source>
<translation>CPU</translation>
</message>
<message>
<location filename="../../app/dialogs/train.py"/>
<source>Counting photos and labels</source>
<translation>Fotos und Angaben werden gezählt</translation>
</message>
<message>
<location filename="../../app/dialogs/train.py"/>
<source>Full</source>
<translation>Vollständig</translation>
</message>
<message>
<location filename="../../app/dialogs/train.py"/>
<source>GPU</source>
<translation>GPU</translation>
</message>
<message>
<location filename="../../app/dialogs/train.py"/>
<source>How long it takes is not known</source>
<translation>Wie lange es dauert, ist nicht bekannt</translation>
</message>
<message>
<location filename="../../app/dialogs/train.py"/>
<source>Quick</source>
<translation>Schnell</translation>
</message>
<message>
<location filename="../../app/dialogs/train.py"/>
<source>Three transformers as in the paper; hours, wants an NVIDIA GPU</source>
<translation>Drei Transformer wie im Artikel; Stunden, braucht eine NVIDIA-GPU</translation>
</message>
<message>
<location filename="../../app/dialogs/train.py"/>
<source>Train a model of these photos</source>
<translation>Ein Modell aus diesen Fotos trainieren</translation>
</message>
<message>
<location filename="../../app/dialogs/train.py"/>
<source>{device}, {memory:.1f} GB</source>
<translation>{device}, {memory:.1f} GB</translation>
</message>
<message>
<location filename="../../app/dialogs/train_parts.py"/>
<source>A model learns from labels: one of these stays on</source>
<translation>Ein Modell lernt aus Angaben: eine davon bleibt an</translation>
</message>
<message>
<location filename="../../app/dialogs/train_parts.py"/>
<source>Choose a Python</source>
<translation>Python wählen</translation>
</message>
<message>
<location filename="../../app/dialogs/train_parts.py"/>
<source>Choose a Python…</source>
<translation>Python wählen…</translation>
</message>
<message>
<location filename="../../app/dialogs/train_parts.py"/>
<source>Classes of boxes you decided on</source>
<translation>Klassen der Rahmen, über die Sie entschieden haben</translation>
</message>
<message>
<location filename="../../app/dialogs/train_parts.py"/>
<source>Copy the command</source>
<translation>Befehl kopieren</translation>
</message>
<message>
<location filename="../../app/dialogs/train_parts.py"/>
<source>Folder names and tables</source>
<translation>Ordnernamen und Tabellen</translation>
</message>
<message>
<location filename="../../app/dialogs/train_parts.py"/>
<source>Install Python 3.11 or newer first.</source>
<translation>Richten Sie erst Python 3.11 oder neuer ein.</translation>
</message>
<message>
<location filename="../../app/dialogs/train_parts.py"/>
<source>Look again</source>
<translation>Noch einmal suchen</translation>
</message>
<message>
<location filename="../../app/dialogs/train_parts.py"/>
<source>Looking for a Python that can train</source>
<translation>Sucht ein Python, das trainieren kann</translation>
</message>
<message>
<location filename="../../app/dialogs/train_parts.py"/>
<source>Looking for a Python that can train: {python}</source>
<translation>Sucht ein Python, das trainieren kann: {python}</translation>
</message>
<message>
<location filename="../../app/dialogs/train_parts.py"/>
<source>No Python on this computer can train yet.</source>
<translation>Noch kann kein Python auf diesem Rechner trainieren.</translation>
</message>
<message>
<location filename="../../app/dialogs/train_parts.py"/>
<source>Still trying how fast this computer is; you can start without it</source>
<translation>Probiert noch, wie schnell dieser Rechner ist; Sie können auch so beginnen</translation>
</message>
<message>
<location filename="../../app/dialogs/train_parts.py"/>
<source>Trains with {python}, Python {version}</source>
<translation>Trainiert mit {python}, Python {version}</translation>
</message>
<message>
<location filename="../../app/dialogs/train_parts.py"/>
<source>Trying how fast this computer is, {seconds} of {most} s</source>
<translation>Probiert, wie schnell dieser Rechner ist, {seconds} von {most} s</translation>
</message>
<message>
<location filename="../../app/dialogs/train_parts.py"/>
<source>Type this in a terminal, then look again:</source>
<translation>Geben Sie dies in einem Terminal ein und suchen Sie dann noch einmal:</translation>
</message>
<message>
<location filename="../../app/dialogs/train_parts.py"/>
<source>What you said photos show</source>
<translation>Was Fotos nach Ihren Angaben zeigen</translation>
</message>
<message>
<location filename="../../app/dialogs/train_parts.py"/>
<source>no photo</source>
<translation>kein Foto</translation>
</message>
<message>
<location filename="../../app/durations.py"/>
<source>{hours} h {minutes:02d} min</source>
<translation>{hours} h {minutes:02d} min</translation>
</message>
<message>
<location filename="../../app/durations.py"/>
<source>{minutes} min</source>
<translation>{minutes} min</translation>
</message>
<message>
<location filename="../../app/durations.py"/>
<source>{minutes} min {seconds} s</source>
<translation>{minutes} min {seconds} s</translation>
</message>
<message>
<location filename="../../app/durations.py"/>
<source>{seconds} s</source>
<translation>{seconds} s</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>A coordinate came back {off:.2f} px off.</source>
<translation>Eine Koordinate kam um {off:.2f} px verschoben zurück.</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>Boxes are in the upright frame. Readers that ignore EXIF will show them turned.</source>
<translation>Rahmen gelten für das aufrechte Foto. Programme, die EXIF nicht beachten, zeigen sie gedreht.</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>Each has a line without a box.</source>
<translation>Jedes hat eine Zeile ohne Rahmen.</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>Largest coordinate difference {off:.2f} px</source>
<translation>Größte Abweichung einer Koordinate {off:.2f} px</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>Listed with no annotation, as COCO expects.</source>
<translation>Ohne Annotation gelistet, wie COCO es erwartet.</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>No exported photo belongs to {file}.</source>
<translation>Kein exportiertes Foto gehört zu {file}.</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>Not all came back as it was written</source>
<translation>Nicht alles kam so zurück, wie es geschrieben wurde</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>Not exported</source>
<translation>Nicht exportiert</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>Nothing was exported</source>
<translation>Nichts wurde exportiert</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>Numbers are the project's own</source>
<translation>Nummern sind die des Projekts</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>Stopped</source>
<translation>Abgebrochen</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>Their label files are empty.</source>
<translation>Ihre Label-Dateien sind leer.</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>They stay the same from export to export.</source>
<translation>Sie bleiben von Export zu Export gleich.</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>Written and read back: no difference</source>
<translation>Geschrieben und zurückgelesen: kein Unterschied</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>Written without an object.</source>
<translation>Ohne Objekt geschrieben.</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>Written, but it reads back differently</source>
<translation>Geschrieben, aber anders zurückgelesen</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>{count} file of an earlier export left there</source>
<translation>{count} Datei eines früheren Exports blieb dort</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>{count} files of an earlier export left there</source>
<translation>{count} Dateien eines früheren Exports blieben dort</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>{count} photo is left out</source>
<translation>{count} Foto bleibt draußen</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>{count} photo is turned by EXIF</source>
<translation>{count} Foto ist durch EXIF gedreht</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>{count} photo more than expected came back.</source>
<translation>{count} Foto mehr als erwartet kam zurück.</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>{count} photos are left out</source>
<translation>{count} Fotos bleiben draußen</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>{count} photos are turned by EXIF</source>
<translation>{count} Fotos sind durch EXIF gedreht</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>{count} photos more than expected came back.</source>
<translation>{count} Fotos mehr als erwartet kamen zurück.</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>{count} reviewed photo has no box</source>
<translation>{count} geprüftes Foto hat keinen Rahmen</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>{count} reviewed photos have no box</source>
<translation>{count} geprüfte Fotos haben keinen Rahmen</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>{difference}. VOC keeps whole pixels.</source>
<translation>{difference}. VOC behält ganze Pixel.</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>{path} cannot be written: {reason}.</source>
<translation>{path} kann nicht geschrieben werden: {reason}.</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>{photo} came back as {width} x {height} pixels.</source>
<translation>{photo} kam mit {width} x {height} Pixeln zurück.</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>{photo} came back with other boxes or classes.</source>
<translation>{photo} kam mit anderen Rahmen oder Klassen zurück.</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>{photo} came back with other numbers.</source>
<translation>{photo} kam mit anderen Nummern zurück.</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>{photo} did not come back.</source>
<translation>{photo} kam nicht zurück.</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>{reason} ({count} photos)</source>
<translation>{reason} ({count} Fotos)</translation>
</message>
<message>
<location filename="../../app/export_job.py"/>
<source>{what} read back by Moltbox</source>
<translation>{what} von Moltbox zurückgelesen</translation>
</message>
<message>
<location filename="../../app/job_strip.py"/>
<source>Choose another model file</source>
<translation>Andere Modelldatei wählen</translation>
</message>
<message>
<location filename="../../app/job_strip.py"/>
<source>Every decision saved</source>
<translation>Jede Entscheidung gespeichert</translation>
</message>
<message>
<location filename="../../app/job_strip.py"/>
<source>Go on with this job</source>
<translation>Diese Arbeit fortsetzen</translation>
</message>
<message>
<location filename="../../app/job_strip.py"/>
<source>Model {name}</source>
<translation>Modell {name}</translation>
</message>
<message>
<location filename="../../app/job_strip.py"/>
<source>Not saved</source>
<translation>Nicht gespeichert</translation>
</message>
<message>
<location filename="../../app/job_strip.py"/>
<source>Only looking</source>
<translation>Nur ansehen</translation>
</message>
<message>
<location filename="../../app/job_strip.py"/>
<source>Only looking, nothing is changed</source>
<translation>Nur ansehen, nichts wird geändert</translation>
</message>
<message>
<location filename="../../app/job_strip.py"/>
<source>Pause this job</source>
<translation>Diese Arbeit anhalten</translation>
</message>
<message>
<location filename="../../app/job_strip.py"/>
<source>Ready. Drop a folder, or press {key}.</source>
<translation>Bereit. Ordner hierher ziehen oder {key} drücken.</translation>
</message>
<message>
<location filename="../../app/job_strip.py"/>
<source>Saved</source>
<translation>Gespeichert</translation>
</message>
<message>
<location filename="../../app/job_strip.py"/>
<source>Show more of this job</source>
<translation>Mehr von dieser Arbeit zeigen</translation>
</message>
<message>
<location filename="../../app/job_strip.py"/>
<source>Stop this job</source>
<translation>Diese Arbeit beenden</translation>
</message>
<message>
<location filename="../../app/job_strip.py"/>
<source>about {time} left</source>
<translation>noch etwa {time}</translation>
</message>
<message>
<location filename="../../app/job_strip.py"/>
<source>paused</source>
<translation>angehalten</translation>
</message>
<message>
<location filename="../../app/job_strip.py"/>
<source>{done} of {total}</source>
<translation>{done} von {total}</translation>
</message>
<message>
<location filename="../../app/job_strip.py"/>
<source>{rate:.1f} photos/s</source>
<translation>{rate:.1f} Fotos/s</translation>
</message>
<message>
<location filename="../../app/keymap.py"/>
<source>Alt</source>
<translation>Alt</translation>
</message>
<message>
<location filename="../../app/keymap.py"/>
<source>Backspace</source>
<translation>Rücktaste</translation>
</message>
<message>
<location filename="../../app/keymap.py"/>
<source>Ctrl</source>
<translation>Strg</translation>
</message>
<message>
<location filename="../../app/keymap.py"/>
<source>Del</source>
<translation>Entf</translation>
</message>
<message>
<location filename="../../app/keymap.py"/>
<source>End</source>
<translation>Ende</translation>
</message>
<message>
<location filename="../../app/keymap.py"/>
<source>Esc</source>
<translation>Esc</translation>
</message>
<message>
<location filename="../../app/keymap.py"/>
<source>Home</source>
<translation>Pos1</translation>
</message>
<message>
<location filename="../../app/keymap.py"/>
<source>Ins</source>
<translation>Einfg</translation>
</message>
<message>
<location filename="../../app/keymap.py"/>
<source>Meta</source>
<translation>Meta</translation>
</message>
<message>
<location filename="../../app/keymap.py"/>
<source>PgDown</source>
<translation>Bild ab</translation>
</message>
<message>
<location filename="../../app/keymap.py"/>
<source>PgUp</source>
<translation>Bild auf</translation>
</message>
<message>
<location filename="../../app/keymap.py"/>
<source>Space</source>
<translation>Leertaste</translation>
</message>
<message>
<location filename="../../app/keymap.py"/>
<source>Tab</source>
<translation>Tab</translation>
</message>
<message>
<location filename="../../app/keymap.py"/>
<source>click</source>
<translation>Klick</translation>
</message>
<message>
<location filename="../../app/keymap.py"/>
<source>drag</source>
<translation>ziehen</translation>
</message>
<message>
<location filename="../../app/keymap.py"/>
<source>wheel</source>
<translation>Rad</translation>
</message>
<message>
<location filename="../../app/mishaps.py"/>
<source>Details are in {file}.</source>
<translation>Einzelheiten stehen in {file}.</translation>
</message>
<message>
<location filename="../../app/mishaps.py"/>
<source>{fault}. What was shown as decided is saved.</source>
<translation>{fault}. Was als entschieden angezeigt wurde, ist gespeichert.</translation>
</message>
<message>
<location filename="../../app/pages/drop_zone.py"/>
<source>Drop a folder of photos here</source>
<translation>Ordner mit Fotos hierher ziehen</translation>
</message>
<message>
<location filename="../../app/pages/drop_zone.py"/>
<source>Open a folder of photos</source>
<translation>Ordner mit Fotos öffnen</translation>
</message>
<message>
<location filename="../../app/pages/drop_zone.py"/>
<source>Sub-folder names become classes. Photos are never changed.</source>
<translation>Namen der Unterordner werden Klassen. Fotos werden nie verändert.</translation>
</message>
<message>
<location filename="../../app/pages/first_run.py"/>
<source>1  Sort photos by what they show</source>
<translation>1  Fotos danach sortieren, was sie zeigen</translation>
</message>
<message>
<location filename="../../app/pages/first_run.py"/>
<source>2  Moltbox proposes a box</source>
<translation>2  Moltbox schlägt einen Rahmen vor</translation>
</message>
<message>
<location filename="../../app/pages/first_run.py"/>
<source>3  You press Y or N</source>
<translation>3  Sie drücken Y oder N</translation>
</message>
<message>
<location filename="../../app/pages/first_run.py"/>
<source>A few photos and a small model come with Moltbox. Nothing to download.</source>
<translation>Ein paar Fotos und ein kleines Modell liegen Moltbox bei. Nichts herunterzuladen.</translation>
</message>
<message>
<location filename="../../app/pages/first_run.py"/>
<source>And shows the map it comes from.</source>
<translation>Und zeigt die Karte, aus der er stammt.</translation>
</message>
<message>
<location filename="../../app/pages/first_run.py"/>
<source>Boxes from folder names</source>
<translation>Rahmen aus Ordnernamen</translation>
</message>
<message>
<location filename="../../app/pages/first_run.py"/>
<source>For photos that carry only a class, and need a box.</source>
<translation>Für Fotos, die nur eine Klasse haben und einen Rahmen brauchen.</translation>
</message>
<message>
<location filename="../../app/pages/first_run.py"/>
<source>Measured while the model was loaded</source>
<translation>Beim Laden des Modells gemessen</translation>
</message>
<message>
<location filename="../../app/pages/first_run.py"/>
<source>One folder per class. No boxes needed.</source>
<translation>Ein Ordner je Klasse. Rahmen sind nicht nötig.</translation>
</message>
<message>
<location filename="../../app/pages/first_run.py"/>
<source>Or drag the box. Every key is saved at once.</source>
<translation>Oder ziehen den Rahmen. Jede Taste wird sofort gespeichert.</translation>
</message>
<message>
<location filename="../../app/pages/first_run.py"/>
<source>Recent</source>
<translation>Zuletzt</translation>
</message>
<message>
<location filename="../../app/pages/first_run.py"/>
<source>Start the demo</source>
<translation>Demo starten</translation>
</message>
<message>
<location filename="../../app/pages/first_run.py"/>
<source>Try it first</source>
<translation>Erst ausprobieren</translation>
</message>
<message>
<location filename="../../app/pages/first_run.py"/>
<source>{device}: about {seconds:.1f} s a photo</source>
<translation>{device}: etwa {seconds:.1f} s je Foto</translation>
</message>
<message>
<location filename="../../app/pages/idea_pictures.py"/>
<source>A photo of a cup in a folder called cup</source>
<translation>Ein Foto einer Tasse in einem Ordner namens cup</translation>
</message>
<message>
<location filename="../../app/pages/idea_pictures.py"/>
<source>The same photo with a heat map and a dashed box round the cup</source>
<translation>Dasselbe Foto mit einer Wärmekarte und einem gestrichelten Rahmen um die Tasse</translation>
</message>
<message>
<location filename="../../app/pages/idea_pictures.py"/>
<source>The same photo with a solid box round the cup</source>
<translation>Dasselbe Foto mit einem durchgezogenen Rahmen um die Tasse</translation>
</message>
<message>
<location filename="../../app/pages/photo_gallery.py"/>
<source>Open {name}</source>
<translation>{name} öffnen</translation>
</message>
<message>
<location filename="../../app/pages/recent_list.py"/>
<source>Folders you open will be listed here.</source>
<translation>Ordner, die Sie öffnen, stehen dann hier.</translation>
</message>
<message>
<location filename="../../app/pages/recent_list.py"/>
<source>not there now</source>
<translation>gerade nicht da</translation>
</message>
<message>
<location filename="../../app/pages/recent_list.py"/>
<source>{folder} is not there now</source>
<translation>{folder} ist gerade nicht da</translation>
</message>
<message>
<location filename="../../app/pages/states.py"/>
<source>No photos in this folder</source>
<translation>Keine Fotos in diesem Ordner</translation>
</message>
<message>
<location filename="../../app/pages/states.py"/>
<source>Open another folder</source>
<translation>Anderen Ordner öffnen</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>All classes</source>
<translation>Alle Klassen</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>Boxes</source>
<translation>Rahmen</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>Drawing a box by hand is taken as {seconds} s (Su, Deng and Fei-Fei, 2012, median of crowd workers). Pauses over two minutes are not counted as work.</source>
<translation>Einen Rahmen von Hand zu zeichnen wird mit {seconds} s angesetzt (Su, Deng und Fei-Fei, 2012, Median von Crowdworkern). Pausen über zwei Minuten zählen nicht als Arbeit.</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>Kept as proposed</source>
<translation>Wie vorgeschlagen behalten</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>Photos a day</source>
<translation>Fotos am Tag</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>Reading the history…</source>
<translation>Verlauf wird gelesen…</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>Save as CSV</source>
<translation>Als CSV speichern</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>Save the statistics</source>
<translation>Statistik speichern</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>Statistics</source>
<translation>Statistik</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>Statistics saved</source>
<translation>Statistik gespeichert</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>What became of the boxes</source>
<translation>Was aus den Rahmen wurde</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>against drawing every box by hand</source>
<translation>gegenüber dem Zeichnen jedes Rahmens von Hand</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>boxes an hour</source>
<translation>Rahmen in der Stunde</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>drawn by hand</source>
<translation>von Hand gezeichnet</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>edited</source>
<translation>geändert</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>for a photo</source>
<translation>für ein Foto</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>kept as proposed</source>
<translation>wie vorgeschlagen behalten</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>median, {time} worked</source>
<translation>Median, {time} gearbeitet</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>of {count} proposal answered</source>
<translation>von {count} beantworteten Vorschlag</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>of {count} proposals answered</source>
<translation>von {count} beantworteten Vorschlägen</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>overlap {iou:.2f} with the proposal</source>
<translation>Überdeckung {iou:.2f} mit dem Vorschlag</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>rejected</source>
<translation>abgelehnt</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>reviewed</source>
<translation>geprüft</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>saved</source>
<translation>gespart</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>{count} box in all</source>
<translation>{count} Rahmen insgesamt</translation>
</message>
<message>
<location filename="../../app/pages/statistics.py"/>
<source>{count} boxes in all</source>
<translation>{count} Rahmen insgesamt</translation>
</message>
<message>
<location filename="../../app/pages/statistics_charts.py"/>
<source>Photos a day: {words}</source>
<translation>Fotos am Tag: {words}</translation>
</message>
<message>
<location filename="../../app/pages/statistics_charts.py"/>
<source>accepted</source>
<translation>angenommen</translation>
</message>
<message>
<location filename="../../app/pages/statistics_charts.py"/>
<source>drawn</source>
<translation>gezeichnet</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>Any</source>
<translation>Beliebig</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>Box size, % of the photo</source>
<translation>Rahmengröße, % des Fotos</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>Boxes are worked out again from stored maps, so no photo is looked at twice.</source>
<translation>Die Rahmen werden aus gespeicherten Karten neu bestimmt; kein Foto wird zweimal angesehen.</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>Gained {count}</source>
<translation>Neu {count}</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>Lost {count}</source>
<translation>Verloren {count}</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>Most changed</source>
<translation>Am stärksten geändert</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>No photo waits with a map of this model</source>
<translation>Kein Foto wartet mit einer Karte dieses Modells</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>Nothing is written until you apply. One undo step.</source>
<translation>Nichts wird geschrieben, bevor Sie anwenden. Ein Schritt zum Rückgängigmachen.</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>Photos whose box holds steady at each threshold</source>
<translation>Fotos, deren Rahmen bei jeder Schwelle stabil bleibt</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>Reading stored maps</source>
<translation>Gespeicherte Karten werden gelesen</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>Reading stored maps, {done} of {total}</source>
<translation>Gespeicherte Karten werden gelesen, {done} von {total}</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>Selected {count}</source>
<translation>Gewählt {count}</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>Threshold for all photos</source>
<translation>Schwelle für alle Fotos</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>To review {count}</source>
<translation>Zu prüfen {count}</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>Use {value} and change {count} box</source>
<translation>{value} verwenden und {count} Rahmen ändern</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>Use {value} and change {count} boxes</source>
<translation>{value} verwenden und {count} Rahmen ändern</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>Use {value}; no box changes</source>
<translation>{value} verwenden; kein Rahmen ändert sich</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>Waiting for the model</source>
<translation>Wartet auf das Modell</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>What changes most</source>
<translation>Was sich am meisten ändert</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>You can look, not change.</source>
<translation>Sie können ansehen, nicht ändern.</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>after</source>
<translation>danach</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>by 0.01</source>
<translation>um 0.01</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>now</source>
<translation>jetzt</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>photos</source>
<translation>Fotos</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>{count} photo has no stored map and stays.</source>
<translation>{count} Foto hat keine gespeicherte Karte und bleibt.</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all.py"/>
<source>{count} photos have no stored map and stay.</source>
<translation>{count} Fotos haben keine gespeicherte Karte und bleiben.</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all_counts.py"/>
<source>box moves</source>
<translation>Rahmen anders</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all_counts.py"/>
<source>boxes move</source>
<translation>Rahmen anders</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all_counts.py"/>
<source>photo gains a box</source>
<translation>Rahmen neu</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all_counts.py"/>
<source>photo loses its box</source>
<translation>Rahmen weg</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all_counts.py"/>
<source>photos gain a box</source>
<translation>Rahmen neu</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all_counts.py"/>
<source>photos lose their box</source>
<translation>Rahmen weg</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all_counts.py"/>
<source>reviewed, never touched</source>
<translation>geprüft, bleiben</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all_counts.py"/>
<source>stay as they are</source>
<translation>bleiben gleich</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all_counts.py"/>
<source>stays as it is</source>
<translation>bleibt gleich</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all_gallery.py"/>
<source>IoU {overlap}</source>
<translation>IoU {overlap}</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all_gallery.py"/>
<source>gains a box</source>
<translation>bekommt einen Rahmen</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all_gallery.py"/>
<source>loses its box</source>
<translation>verliert seinen Rahmen</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all_gallery.py"/>
<source>stays</source>
<translation>bleibt</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all_plots.py"/>
<source>Box size, % of the photo: {before} now, {after} after, as the median</source>
<translation>Rahmengröße, % des Fotos: {before} jetzt, {after} danach, im Median</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all_plots.py"/>
<source>Left and right change it by 0.01, with Shift by 0.05</source>
<translation>Links und rechts ändern sie um 0.01, mit Umschalt um 0.05</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all_plots.py"/>
<source>Threshold {value}, now {now}</source>
<translation>Schwelle {value}, jetzt {now}</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all_plots.py"/>
<source>now {threshold}</source>
<translation>jetzt {threshold}</translation>
</message>
<message>
<location filename="../../app/pages/threshold_all_plots.py"/>
<source>steady photos: {count}</source>
<translation>stabile Fotos: {count}</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>Boxes used for training</source>
<translation>Rahmen im Training</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>Full, as in the paper</source>
<translation>Vollständig, wie im Artikel</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>How</source>
<translation>Wie</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>Labels</source>
<translation>Angaben</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>Learning from</source>
<translation>Lernt aus</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>Log</source>
<translation>Protokoll</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>Network</source>
<translation>Netz</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>Preset</source>
<translation>Verfahren</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>Quick, for this computer</source>
<translation>Schnell, für diesen Rechner</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>Runs on</source>
<translation>Läuft auf</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>Scored on</source>
<translation>Gemessen an</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>Threshold calibrated on</source>
<translation>Schwelle eingestellt an</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>boxes</source>
<translation>Rahmen</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>labels alone</source>
<translation>Angaben allein</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>none</source>
<translation>keine</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>started</source>
<translation>begonnen</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>{count} class more</source>
<translation>{count} weitere Klasse</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>{count} classes more</source>
<translation>{count} weitere Klassen</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>{count} core</source>
<translation>{count} Kern</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>{count} cores</source>
<translation>{count} Kerne</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>{count} other, never trained on</source>
<translation>{count} anderem, nie gelernt</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>{count} others, never trained on</source>
<translation>{count} anderen, nie gelernt</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>{count} reviewed photo</source>
<translation>{count} geprüften Foto</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>{count} reviewed photos</source>
<translation>{count} geprüften Fotos</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>{few}; {enough} or more works better.</source>
<translation>{few}; {enough} oder mehr sind besser.</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>{memory:.1f} GB</source>
<translation>{memory:.1f} GB</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>{name} has {count} photo</source>
<translation>{name} hat {count} Foto</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>{name} has {count} photos</source>
<translation>{name} hat {count} Fotos</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>{name}: {photos} photos, {boxes} boxes</source>
<translation>{name}: {photos} Fotos, {boxes} Rahmen</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>{network}, scales {sides}</source>
<translation>{network}, Größen {sides}</translation>
</message>
<message>
<location filename="../../app/pages/train_cards.py"/>
<source>{number} classes have fewer than {enough} photos, {name} the fewest ({count}); more works better.</source>
<translation>{number} Klassen haben weniger als {enough} Fotos, {name} die wenigsten ({count}); mehr sind besser.</translation>
</message>
<message>
<location filename="../../app/pages/train_gallery.py"/>
<source>Old and new on photos you reviewed</source>
<translation>Alt und neu auf Fotos, die Sie geprüft haben</translation>
</message>
<message>
<location filename="../../app/pages/train_gallery.py"/>
<source>better</source>
<translation>besser</translation>
</message>
<message>
<location filename="../../app/pages/train_gallery.py"/>
<source>new {iou}</source>
<translation>neu {iou}</translation>
</message>
<message>
<location filename="../../app/pages/train_gallery.py"/>
<source>old {iou}</source>
<translation>alt {iou}</translation>
</message>
<message>
<location filename="../../app/pages/train_gallery.py"/>
<source>same</source>
<translation>gleich</translation>
</message>
<message>
<location filename="../../app/pages/train_gallery.py"/>
<source>worse</source>
<translation>schlechter</translation>
</message>
<message>
<location filename="../../app/pages/train_gallery.py"/>
<source>{name}, {change}: IoU {old} with the model in use, {new} with the new one</source>
<translation>{name}, {change}: IoU {old} mit dem benutzten Modell, {new} mit dem neuen</translation>
</message>
<message>
<location filename="../../app/pages/train_plots.py"/>
<source>Boxes right, nothing scored yet</source>
<translation>Richtige Rahmen, noch nichts gemessen</translation>
</message>
<message>
<location filename="../../app/pages/train_plots.py"/>
<source>Boxes right: {levels}</source>
<translation>Richtige Rahmen: {levels}</translation>
</message>
<message>
<location filename="../../app/pages/train_plots.py"/>
<source>Loss {training} in training, {held} held out</source>
<translation>Verlust {training} beim Lernen, {held} zurückgehalten</translation>
</message>
<message>
<location filename="../../app/pages/train_plots.py"/>
<source>Loss, nothing learnt yet</source>
<translation>Verlust, noch nichts gelernt</translation>
</message>
<message>
<location filename="../../app/pages/train_plots.py"/>
<source>Nothing has been learnt yet.</source>
<translation>Es ist noch nichts gelernt.</translation>
</message>
<message>
<location filename="../../app/pages/train_plots.py"/>
<source>epoch {epoch}</source>
<translation>Epoche {epoch}</translation>
</message>
<message>
<location filename="../../app/pages/train_plots.py"/>
<source>held out</source>
<translation>zurückgehalten</translation>
</message>
<message>
<location filename="../../app/pages/train_plots.py"/>
<source>new</source>
<translation>neu</translation>
</message>
<message>
<location filename="../../app/pages/train_plots.py"/>
<source>training</source>
<translation>Lernen</translation>
</message>
<message>
<location filename="../../app/pages/train_plots.py"/>
<source>{name} {percent} %</source>
<translation>{name} {percent} %</translation>
</message>
<message>
<location filename="../../app/pages/train_words.py"/>
<source>May well be chance (p = {chance}).</source>
<translation>Kann gut Zufall sein (p = {chance}).</translation>
</message>
<message>
<location filename="../../app/pages/train_words.py"/>
<source>Unlikely to be chance (p &lt; {chance}).</source>
<translation>Kaum Zufall (p &lt; {chance}).</translation>
</message>
<message>
<location filename="../../app/pages/train_words.py"/>
<source>Unlikely to be chance (p = {chance}).</source>
<translation>Kaum Zufall (p = {chance}).</translation>
</message>
<message>
<location filename="../../app/pages/train_words.py"/>
<source>choosing the threshold</source>
<translation>stellt die Schwelle ein</translation>
</message>
<message>
<location filename="../../app/pages/train_words.py"/>
<source>epoch {epoch}  loss {loss}  boxes {share} %</source>
<translation>Epoche {epoch}  Verlust {loss}  Rahmen {share} %</translation>
</message>
<message>
<location filename="../../app/pages/train_words.py"/>
<source>epoch {epoch}  loss {loss}  classes {share} %</source>
<translation>Epoche {epoch}  Verlust {loss}  Klassen {share} %</translation>
</message>
<message>
<location filename="../../app/pages/train_words.py"/>
<source>epoch {epoch} of {epochs}</source>
<translation>Epoche {epoch} von {epochs}</translation>
</message>
<message>
<location filename="../../app/pages/train_words.py"/>
<source>getting ready</source>
<translation>bereitet vor</translation>
</message>
<message>
<location filename="../../app/pages/train_words.py"/>
<source>learning to tell parts of a photo apart</source>
<translation>lernt, Teile eines Fotos zu unterscheiden</translation>
</message>
<message>
<location filename="../../app/pages/train_words.py"/>
<source>looking at photo {done} of {total}</source>
<translation>betrachtet Foto {done} von {total}</translation>
</message>
<message>
<location filename="../../app/pages/train_words.py"/>
<source>working out maps to learn from</source>
<translation>berechnet Karten zum Lernen</translation>
</message>
<message>
<location filename="../../app/pages/train_words.py"/>
<source>writing the model</source>
<translation>schreibt das Modell</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Adopt epoch {epoch:.3g} and {boxed}</source>
<translation>Epoche {epoch:.3g} übernehmen und {boxed}</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Adopt it</source>
<translation>Übernehmen</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Adopt it and {boxed}</source>
<translation>Übernehmen und {boxed}</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>All</source>
<translation>Alle</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Back to the review</source>
<translation>Zurück zum Prüfen</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Better</source>
<translation>Besser</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Better on {better}, worse on {worse}, same on {same}.</source>
<translation>Besser auf {better}, schlechter auf {worse}, gleich auf {same}.</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Both models are looking at the photos you reviewed.</source>
<translation>Beide Modelle betrachten die Fotos, die Sie geprüft haben.</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Boxes are scored on photos you reviewed before the training; there are too few.</source>
<translation>Rahmen werden an Fotos gemessen, die Sie vor dem Training geprüft haben; es sind zu wenige.</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Boxes right</source>
<translation>Richtige Rahmen</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Boxes right on {count} held-out photo</source>
<translation>Richtige Rahmen auf {count} zurückgehaltenen Foto</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Boxes right on {count} held-out photos</source>
<translation>Richtige Rahmen auf {count} zurückgehaltenen Fotos</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Comparing old and new on the held-out photos</source>
<translation>Alt und neu werden an den zurückgehaltenen Fotos verglichen</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Go on</source>
<translation>Weiter</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Go on where it was saved, or leave it at that.</source>
<translation>Machen Sie weiter, wo es gesichert ist, oder lassen Sie es dabei.</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>IoU 0.5 or more, band = 95 %</source>
<translation>IoU 0,5 oder mehr, Band = 95 %</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Just started</source>
<translation>Gerade begonnen</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Keep {model}</source>
<translation>{model} behalten</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Loss</source>
<translation>Verlust</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>New is right on {new} of {total}, old on {old}.</source>
<translation>Neu ist richtig auf {new} von {total}, alt auf {old}.</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>No photo of this kind.</source>
<translation>Kein Foto dieser Art.</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>No reviewed photo was held out, so nobody knows yet whether it is better.</source>
<translation>Kein geprüftes Foto wurde zurückgehalten; ob es besser ist, weiß noch niemand.</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Nothing is taken over by itself.</source>
<translation>Nichts wird von selbst übernommen.</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Old and new can be compared where you have reviewed photos with boxes before the training.</source>
<translation>Alt und neu lassen sich vergleichen, wo Sie vor dem Training Fotos mit Rahmen geprüft haben.</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Paused</source>
<translation>Angehalten</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Review goes on while this runs. Closing the window pauses it; nothing is lost.</source>
<translation>Das Prüfen geht derweil weiter. Schließen des Fensters hält es an; nichts geht verloren.</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Same</source>
<translation>Gleich</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Scored when the network has learnt a first time.</source>
<translation>Wird gemessen, sobald das Netz ein erstes Mal gelernt hat.</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Stop, keep the best so far</source>
<translation>Beenden, das Beste behalten</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>The pairs come when the training ends.</source>
<translation>Die Paare kommen, wenn das Training endet.</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>The training has failed</source>
<translation>Das Training ist gescheitert</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Trained</source>
<translation>Trainiert</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Training</source>
<translation>Training</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Training {name}</source>
<translation>Training {name}</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>When it ends, old and new are compared. You decide which one stays.</source>
<translation>Am Ende werden alt und neu verglichen. Sie entscheiden, welches bleibt.</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>Worse</source>
<translation>Schlechter</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>You decide which one stays.</source>
<translation>Sie entscheiden, welches bleibt.</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>best at epoch {epoch:.3g}</source>
<translation>am besten bei Epoche {epoch:.3g}</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>centred box</source>
<translation>mittiger Rahmen</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>dots = your box  ·  dashes = proposal</source>
<translation>Punkte = Ihr Rahmen  ·  Striche = Vorschlag</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>re-box {count} photo</source>
<translation>{count} Foto neu rahmen</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>re-box {count} photos</source>
<translation>{count} Fotos neu rahmen</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>saved at epoch {epoch:.3g}</source>
<translation>gesichert bei Epoche {epoch:.3g}</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>whole photo</source>
<translation>ganzes Foto</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>{model} stays in use.</source>
<translation>{model} bleibt in Gebrauch.</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>{model}, in use</source>
<translation>{model}, benutzt</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>{rate:.0f} photos/s</source>
<translation>{rate:.0f} Fotos/s</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>{time} in all</source>
<translation>{time} insgesamt</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>{time} left</source>
<translation>noch {time}</translation>
</message>
<message>
<location filename="../../app/pages/training.py"/>
<source>{time} so far</source>
<translation>bisher {time}</translation>
</message>
<message>
<location filename="../../app/panels/box_list.py"/>
<source>no class</source>
<translation>keine Klasse</translation>
</message>
<message>
<location filename="../../app/panels/box_list.py"/>
<source>selected</source>
<translation>ausgewählt</translation>
</message>
<message>
<location filename="../../app/panels/evidence.py"/>
<source>Boxes on this photo</source>
<translation>Rahmen auf diesem Foto</translation>
</message>
<message>
<location filename="../../app/panels/evidence.py"/>
<source>Class scores</source>
<translation>Klassenwerte</translation>
</message>
<message>
<location filename="../../app/panels/evidence.py"/>
<source>Hide the evidence panel</source>
<translation>Begründung ausblenden</translation>
</message>
<message>
<location filename="../../app/panels/evidence.py"/>
<source>Hide this panel</source>
<translation>Diese Leiste ausblenden</translation>
</message>
<message>
<location filename="../../app/panels/evidence.py"/>
<source>How alike the boxes of the single scales are: mean IoU, 1 is the same box</source>
<translation>Wie ähnlich die Rahmen der einzelnen Skalen sind: mittlere IoU, 1 ist derselbe Rahmen</translation>
</message>
<message>
<location filename="../../app/panels/evidence.py"/>
<source>No box on this photo yet</source>
<translation>Noch kein Rahmen auf diesem Foto</translation>
</message>
<message>
<location filename="../../app/panels/evidence.py"/>
<source>Why this box</source>
<translation>Warum dieser Rahmen</translation>
</message>
<message>
<location filename="../../app/panels/evidence.py"/>
<source>agree {figure}</source>
<translation>einig {figure}</translation>
</message>
<message>
<location filename="../../app/panels/evidence.py"/>
<source>labelled {label}</source>
<translation>benannt {label}</translation>
</message>
<message>
<location filename="../../app/panels/evidence.py"/>
<source>scales agree {figure}</source>
<translation>Skalen einig {figure}</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_head.py"/>
<source>As it fits what is shown</source>
<translation>Wie es zur Auswahl passt</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_head.py"/>
<source>By class</source>
<translation>Nach Klasse</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_head.py"/>
<source>By name</source>
<translation>Nach Namen</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_head.py"/>
<source>Choose order and filter</source>
<translation>Reihenfolge und Filter wählen</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_head.py"/>
<source>Choose which photos are shown</source>
<translation>Wählen, welche Fotos gezeigt werden</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_head.py"/>
<source>Find name, class, score…</source>
<translation>Name, Klasse, Wert…</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_head.py"/>
<source>Find photos by name, class or score</source>
<translation>Fotos nach Name, Klasse oder Wert finden</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_head.py"/>
<source>Find…</source>
<translation>Finden…</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_head.py"/>
<source>Least sure first</source>
<translation>Unsicherste zuerst</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_head.py"/>
<source>Need first</source>
<translation>Dringende zuerst</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_head.py"/>
<source>Photos side by side</source>
<translation>Fotos nebeneinander</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_head.py"/>
<source>Words, "two words", class:cat, state:new, folder:a, why:jumps, score&lt;0.5, need&gt;0.6, boxes=0, -word</source>
<translation>Wörter, "zwei Wörter", class:katze, state:new, folder:a, why:jumps, score&lt;0.5, need&gt;0.6, boxes=0, -wort</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_head.py"/>
<source>by class</source>
<translation>nach Klasse</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_head.py"/>
<source>by name</source>
<translation>nach Namen</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_head.py"/>
<source>least sure first</source>
<translation>unsicherste zuerst</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_head.py"/>
<source>most in need first</source>
<translation>dringendste zuerst</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_head.py"/>
<source>{reviewed} of {total} photos reviewed</source>
<translation>{reviewed} von {total} Fotos geprüft</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_notes.py"/>
<source>Clear filter</source>
<translation>Filter löschen</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_notes.py"/>
<source>Every photo that has a box is decided.</source>
<translation>Jedes Foto mit einem Rahmen ist entschieden.</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_notes.py"/>
<source>No photo decided today yet</source>
<translation>Heute noch kein Foto entschieden</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_notes.py"/>
<source>No photo here yet</source>
<translation>Hier ist noch kein Foto</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_notes.py"/>
<source>No photo matches</source>
<translation>Kein Foto passt</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_notes.py"/>
<source>None today yet</source>
<translation>Heute noch keins</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_notes.py"/>
<source>Nothing to review</source>
<translation>Nichts zu prüfen</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_notes.py"/>
<source>Photos appear as they are found. JPEG, PNG, WebP, TIFF and BMP are read.</source>
<translation>Fotos erscheinen, sobald sie gefunden sind. JPEG, PNG, WebP, TIFF und BMP werden gelesen.</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_notes.py"/>
<source>Today {count}</source>
<translation>Heute {count}</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_notes.py"/>
<source>Today {count} photo</source>
<translation>Heute {count} Foto</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_notes.py"/>
<source>Today {count} photos</source>
<translation>Heute {count} Fotos</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_notes.py"/>
<source>{seconds:.1f} s each</source>
<translation>je {seconds:.1f} s</translation>
</message>
<message>
<location filename="../../app/panels/photo_list_notes.py"/>
<source>{share:.0f} % kept</source>
<translation>{share:.0f} % behalten</translation>
</message>
<message>
<location filename="../../app/panels/photo_view.py"/>
<source>Photos</source>
<translation>Fotos</translation>
</message>
<message>
<location filename="../../app/panels/score_list.py"/>
<source>Make it {name}</source>
<translation>Zu {name} machen</translation>
</message>
<message>
<location filename="../../app/panels/score_list.py"/>
<source>New to the model; its photos look like {classes}.</source>
<translation>Dem Modell neu; ihre Fotos sehen aus wie {classes}.</translation>
</message>
<message>
<location filename="../../app/panels/score_list.py"/>
<source>class of the box</source>
<translation>Klasse des Rahmens</translation>
</message>
<message>
<location filename="../../app/panels/score_list.py"/>
<source>new to the model</source>
<translation>dem Modell neu</translation>
</message>
<message>
<location filename="../../app/panels/score_list.py"/>
<source>score {score}</source>
<translation>Wert {score}</translation>
</message>
<message>
<location filename="../../app/panels/threshold_edit.py"/>
<source>Threshold from 0 to 1</source>
<translation>Schwelle von 0 bis 1</translation>
</message>
<message>
<location filename="../../app/panels/threshold_plot.py"/>
<source>Line: box size. Dotted: how far the scales agree, {agreement} here</source>
<translation>Linie: Rahmengröße. Gepunktet: wie einig die Skalen sind, hier {agreement}</translation>
</message>
<message>
<location filename="../../app/panels/threshold_plot.py"/>
<source>Threshold {value}</source>
<translation>Schwelle {value}</translation>
</message>
<message>
<location filename="../../app/panels/threshold_plot.py"/>
<source>agreement</source>
<translation>Einigkeit</translation>
</message>
<message>
<location filename="../../app/panels/threshold_plot.py"/>
<source>calibrated {threshold}</source>
<translation>kalibriert {threshold}</translation>
</message>
<message>
<location filename="../../app/panels/threshold_plot.py"/>
<source>for other photos {threshold}</source>
<translation>für andere Fotos {threshold}</translation>
</message>
<message>
<location filename="../../app/panels/threshold_plot.py"/>
<source>jumps</source>
<translation>springt</translation>
</message>
<message>
<location filename="../../app/panels/threshold_plot.py"/>
<source>steady from {low} to {high}</source>
<translation>stabil von {low} bis {high}</translation>
</message>
<message>
<location filename="../../app/panels/threshold_section.py"/>
<source>All photos</source>
<translation>Alle Fotos</translation>
</message>
<message>
<location filename="../../app/panels/threshold_section.py"/>
<source>Back to the model's calibrated threshold</source>
<translation>Zurück zur kalibrierten Schwelle des Modells</translation>
</message>
<message>
<location filename="../../app/panels/threshold_section.py"/>
<source>Calibrated {threshold}</source>
<translation>Kalibriert {threshold}</translation>
</message>
<message>
<location filename="../../app/panels/threshold_section.py"/>
<source>Not steady here</source>
<translation>Hier nicht stabil</translation>
</message>
<message>
<location filename="../../app/panels/threshold_section.py"/>
<source>Steady from {low} to {high}</source>
<translation>Stabil von {low} bis {high}</translation>
</message>
<message>
<location filename="../../app/panels/threshold_section.py"/>
<source>Steady {low}–{high}</source>
<translation>Stabil {low}–{high}</translation>
</message>
<message>
<location filename="../../app/panels/threshold_section.py"/>
<source>This class</source>
<translation>Diese Klasse</translation>
</message>
<message>
<location filename="../../app/panels/threshold_section.py"/>
<source>This photo</source>
<translation>Dieses Foto</translation>
</message>
<message>
<location filename="../../app/panels/threshold_section.py"/>
<source>Threshold</source>
<translation>Schwelle</translation>
</message>
<message>
<location filename="../../app/panels/threshold_section.py"/>
<source>Waiting for its map</source>
<translation>Wartet auf die Karte</translation>
</message>
<message>
<location filename="../../app/panels/threshold_section.py"/>
<source>and box size, % of photo</source>
<translation>und Rahmengröße, % des Fotos</translation>
</message>
<message>
<location filename="../../app/panels/threshold_section.py"/>
<source>box, % of photo</source>
<translation>Rahmen, % des Fotos</translation>
</message>
<message>
<location filename="../../app/panels/tiles.py"/>
<source>Click keeps it over the photo, {key} shows the next</source>
<translation>Ein Klick behält sie über dem Foto, {key} zeigt die nächste</translation>
</message>
<message>
<location filename="../../app/panels/tiles.py"/>
<source>Clusters</source>
<translation>Cluster</translation>
</message>
<message>
<location filename="../../app/panels/tiles.py"/>
<source>Clusters, {count}</source>
<translation>Cluster, {count}</translation>
</message>
<message>
<location filename="../../app/panels/tiles.py"/>
<source>Fused map</source>
<translation>Vereinte Karte</translation>
</message>
<message>
<location filename="../../app/panels/tiles.py"/>
<source>Like pixels that lie together; each has a colour of its own</source>
<translation>Ähnliche Pixel, die beieinander liegen; jeder Cluster hat seine Farbe</translation>
</message>
<message>
<location filename="../../app/panels/tiles.py"/>
<source>Map at scale {name}, weight {weight}</source>
<translation>Karte der Skala {name}, Gewicht {weight}</translation>
</message>
<message>
<location filename="../../app/panels/tiles.py"/>
<source>Refined map</source>
<translation>Verfeinerte Karte</translation>
</message>
<message>
<location filename="../../app/panels/tiles.py"/>
<source>The fused map, evened out within each cluster</source>
<translation>Die vereinte Karte, in jedem Cluster geglättet</translation>
</message>
<message>
<location filename="../../app/panels/tiles.py"/>
<source>The scales added up, each by its weight</source>
<translation>Die Skalen summiert, jede mit ihrem Gewicht</translation>
</message>
<message>
<location filename="../../app/panels/tiles.py"/>
<source>What the model sees at this size</source>
<translation>Was das Modell in dieser Größe sieht</translation>
</message>
<message>
<location filename="../../app/panels/tiles.py"/>
<source>{hint}; boxes are cut from it</source>
<translation>{hint}; daraus werden die Rahmen bestimmt</translation>
</message>
<message>
<location filename="../../app/panels/tiles.py"/>
<source>{map}, over the photo</source>
<translation>{map}, über dem Foto</translation>
</message>
<message>
<location filename="../../app/panels/words.py"/>
<source>Accepted</source>
<translation>Angenommen</translation>
</message>
<message>
<location filename="../../app/panels/words.py"/>
<source>Accepted after edit</source>
<translation>Nach Änderung angenommen</translation>
</message>
<message>
<location filename="../../app/panels/words.py"/>
<source>Box jumps at {at}</source>
<translation>Rahmen springt bei {at}</translation>
</message>
<message>
<location filename="../../app/panels/words.py"/>
<source>Class in doubt</source>
<translation>Klasse zweifelhaft</translation>
</message>
<message>
<location filename="../../app/panels/words.py"/>
<source>Drawn by hand</source>
<translation>Von Hand gezeichnet</translation>
</message>
<message>
<location filename="../../app/panels/words.py"/>
<source>Failed</source>
<translation>Gescheitert</translation>
</message>
<message>
<location filename="../../app/panels/words.py"/>
<source>Scales disagree</source>
<translation>Skalen uneinig</translation>
</message>
<message>
<location filename="../../app/panels/words.py"/>
<source>Skipped</source>
<translation>Übersprungen</translation>
</message>
<message>
<location filename="../../app/panels/words.py"/>
<source>Steady box</source>
<translation>Stabiler Rahmen</translation>
</message>
<message>
<location filename="../../app/panels/words.py"/>
<source>Waiting for its box</source>
<translation>Wartet auf den Rahmen</translation>
</message>
<message>
<location filename="../../app/panels/words.py"/>
<source>failed</source>
<translation>gescheitert</translation>
</message>
<message>
<location filename="../../app/panels/words.py"/>
<source>little need</source>
<translation>kaum dringend</translation>
</message>
<message>
<location filename="../../app/panels/words.py"/>
<source>most in need</source>
<translation>sehr dringend</translation>
</message>
<message>
<location filename="../../app/panels/words.py"/>
<source>proposed</source>
<translation>vorgeschlagen</translation>
</message>
<message>
<location filename="../../app/panels/words.py"/>
<source>skipped</source>
<translation>übersprungen</translation>
</message>
<message>
<location filename="../../app/panels/words.py"/>
<source>some need</source>
<translation>etwas dringend</translation>
</message>
<message>
<location filename="../../app/panels/words.py"/>
<source>to review</source>
<translation>zu prüfen</translation>
</message>
<message>
<location filename="../../app/panels/words.py"/>
<source>{state} · score {score:.2f}</source>
<translation>{state} · Wert {score:.2f}</translation>
</message>
<message>
<location filename="../../app/photo_filters.py"/>
<source>Below {score}</source>
<translation>Unter {score}</translation>
</message>
<message>
<location filename="../../app/photo_filters.py"/>
<source>Box jumps</source>
<translation>Rahmen springt</translation>
</message>
<message>
<location filename="../../app/photo_filters.py"/>
<source>No box</source>
<translation>Kein Rahmen</translation>
</message>
<message>
<location filename="../../app/photo_filters.py"/>
<source>One box</source>
<translation>Ein Rahmen</translation>
</message>
<message>
<location filename="../../app/photo_filters.py"/>
<source>Score</source>
<translation>Wert</translation>
</message>
<message>
<location filename="../../app/photo_filters.py"/>
<source>Several boxes</source>
<translation>Mehrere Rahmen</translation>
</message>
<message>
<location filename="../../app/photo_filters.py"/>
<source>Too small to box</source>
<translation>Zu klein für Rahmen</translation>
</message>
<message>
<location filename="../../app/photo_filters.py"/>
<source>Why it is shown</source>
<translation>Warum es gezeigt wird</translation>
</message>
<message>
<location filename="../../app/photo_filters.py"/>
<source>{low} to {high}</source>
<translation>{low} bis {high}</translation>
</message>
<message>
<location filename="../../app/photo_filters.py"/>
<source>{score} and above</source>
<translation>{score} und mehr</translation>
</message>
<message>
<location filename="../../app/photo_query.py"/>
<source>state: expects one of {names}.</source>
<translation>state: erwartet eines von {names}.</translation>
</message>
<message>
<location filename="../../app/photo_query.py"/>
<source>why: expects one of {names}.</source>
<translation>why: erwartet eines von {names}.</translation>
</message>
<message>
<location filename="../../app/photo_query.py"/>
<source>{field} expects a figure, such as {field}&lt;0.5.</source>
<translation>{field} erwartet eine Zahl, etwa {field}&lt;0.5.</translation>
</message>
<message>
<location filename="../../app/photo_query.py"/>
<source>{field}: expects a word.</source>
<translation>{field}: erwartet ein Wort.</translation>
</message>
<message>
<location filename="../../app/prelabel_queue.py"/>
<source>Nothing to look with yet</source>
<translation>Noch nichts zum Ansehen da</translation>
</message>
<message>
<location filename="../../app/prelabel_queue.py"/>
<source>Pre-labelling</source>
<translation>Vorschläge</translation>
</message>
<message>
<location filename="../../app/prelabel_queue.py"/>
<source>Pre-labelling is done</source>
<translation>Die Vorschläge sind fertig</translation>
</message>
<message>
<location filename="../../app/prelabel_queue.py"/>
<source>Pre-labelling was stopped</source>
<translation>Die Vorschläge wurden abgebrochen</translation>
</message>
<message>
<location filename="../../app/prelabel_queue.py"/>
<source>The model is still being loaded. Start again in a moment.</source>
<translation>Das Modell wird noch geladen. Gleich noch einmal versuchen.</translation>
</message>
<message>
<location filename="../../app/prelabel_queue.py"/>
<source>{count} could not be read.</source>
<translation>{count} nicht lesbar.</translation>
</message>
<message>
<location filename="../../app/prelabel_queue.py"/>
<source>{count} has none large enough.</source>
<translation>{count} hat keinen, der groß genug ist.</translation>
</message>
<message>
<location filename="../../app/prelabel_queue.py"/>
<source>{count} have none large enough.</source>
<translation>{count} haben keinen, der groß genug ist.</translation>
</message>
<message>
<location filename="../../app/prelabel_queue.py"/>
<source>{count} photo has a box now.</source>
<translation>{count} Foto hat jetzt einen Rahmen.</translation>
</message>
<message>
<location filename="../../app/prelabel_queue.py"/>
<source>{count} photos have a box now.</source>
<translation>{count} Fotos haben jetzt einen Rahmen.</translation>
</message>
<message>
<location filename="../../app/prelabel_queue.py"/>
<source>{count} was left as it is.</source>
<translation>{count} blieb, wie es ist.</translation>
</message>
<message>
<location filename="../../app/prelabel_queue.py"/>
<source>{count} was not looked at.</source>
<translation>{count} wurde nicht angesehen.</translation>
</message>
<message>
<location filename="../../app/prelabel_queue.py"/>
<source>{count} were left as they are.</source>
<translation>{count} blieben, wie sie sind.</translation>
</message>
<message>
<location filename="../../app/prelabel_queue.py"/>
<source>{count} were not looked at.</source>
<translation>{count} wurden nicht angesehen.</translation>
</message>
<message>
<location filename="../../app/session.py"/>
<source>Accept box</source>
<translation>Rahmen annehmen</translation>
</message>
<message>
<location filename="../../app/session.py"/>
<source>Draw box</source>
<translation>Rahmen zeichnen</translation>
</message>
<message>
<location filename="../../app/session.py"/>
<source>Many photos are still being changed. Do it again in a moment.</source>
<translation>Viele Fotos werden noch geändert. Gleich noch einmal.</translation>
</message>
<message>
<location filename="../../app/session.py"/>
<source>Move box</source>
<translation>Rahmen verschieben</translation>
</message>
<message>
<location filename="../../app/session.py"/>
<source>One act after the other</source>
<translation>Eins nach dem anderen</translation>
</message>
<message>
<location filename="../../app/session.py"/>
<source>Photo done</source>
<translation>Foto fertig</translation>
</message>
<message>
<location filename="../../app/session.py"/>
<source>Reject box</source>
<translation>Rahmen ablehnen</translation>
</message>
<message>
<location filename="../../app/session.py"/>
<source>Skip photo</source>
<translation>Foto überspringen</translation>
</message>
<message>
<location filename="../../app/session.py"/>
<source>The class cannot be used</source>
<translation>Die Klasse kann nicht verwendet werden</translation>
</message>
<message>
<location filename="../../app/session.py"/>
<source>{count} failed.</source>
<translation>{count} gescheitert.</translation>
</message>
<message>
<location filename="../../app/session.py"/>
<source>{count} skipped.</source>
<translation>{count} übersprungen.</translation>
</message>
<message>
<location filename="../../app/session.py"/>
<source>{seconds:.1f} s a photo, {share} % of boxes kept as proposed.</source>
<translation>{seconds:.1f} s je Foto, {share} % der Rahmen wie vorgeschlagen behalten.</translation>
</message>
<message>
<location filename="../../app/session_folder.py"/>
<source>A folder is left out</source>
<translation>Ein Ordner bleibt draußen</translation>
</message>
<message>
<location filename="../../app/session_folder.py"/>
<source>It cannot be written, so your decisions are saved in {folder}.</source>
<translation>Dort kann nicht geschrieben werden; Ihre Entscheidungen liegen darum in {folder}.</translation>
</message>
<message>
<location filename="../../app/session_folder.py"/>
<source>The backup cannot be restored</source>
<translation>Die Sicherung kann nicht zurückgeholt werden</translation>
</message>
<message>
<location filename="../../app/session_folder.py"/>
<source>The backup is restored</source>
<translation>Die Sicherung ist zurückgeholt</translation>
</message>
<message>
<location filename="../../app/session_folder.py"/>
<source>The decisions are those of {backup}.</source>
<translation>Die Entscheidungen sind die von {backup}.</translation>
</message>
<message>
<location filename="../../app/session_folder.py"/>
<source>The folder cannot be opened</source>
<translation>Der Ordner kann nicht geöffnet werden</translation>
</message>
<message>
<location filename="../../app/session_folder.py"/>
<source>The folder cannot be read</source>
<translation>Der Ordner ist nicht lesbar</translation>
</message>
<message>
<location filename="../../app/session_folder.py"/>
<source>The folder itself stays as it is</source>
<translation>Der Ordner selbst bleibt, wie er ist</translation>
</message>
<message>
<location filename="../../app/session_folder.py"/>
<source>The list of photos cannot be read</source>
<translation>Die Liste der Fotos ist nicht lesbar</translation>
</message>
<message>
<location filename="../../app/session_folder.py"/>
<source>The photos found could not be saved</source>
<translation>Die gefundenen Fotos konnten nicht gespeichert werden</translation>
</message>
<message>
<location filename="../../app/session_folder.py"/>
<source>What was there before is kept as {file}.</source>
<translation>Was vorher da war, ist als {file} aufbewahrt.</translation>
</message>
<message>
<location filename="../../app/session_folder.py"/>
<source>You can look, not change</source>
<translation>Sie können ansehen, nicht ändern</translation>
</message>
<message>
<location filename="../../app/session_folder.py"/>
<source>{file} cannot be shown.</source>
<translation>{file} kann nicht gezeigt werden.</translation>
</message>
<message>
<location filename="../../app/session_folder.py"/>
<source>{folder} holds no photo that Moltbox can read.</source>
<translation>{folder} enthält kein Foto, das Moltbox lesen kann.</translation>
</message>
<message>
<location filename="../../app/session_folder.py"/>
<source>{folder} is not a folder.</source>
<translation>{folder} ist kein Ordner.</translation>
</message>
<message>
<location filename="../../app/session_folder.py"/>
<source>{path} cannot be read.</source>
<translation>{path} ist nicht lesbar.</translation>
</message>
<message>
<location filename="../../app/session_looks.py"/>
<source>A proposal could not be saved</source>
<translation>Ein Vorschlag konnte nicht gespeichert werden</translation>
</message>
<message>
<location filename="../../app/session_looks.py"/>
<source>Running on the {device}</source>
<translation>Läuft auf: {device}</translation>
</message>
<message>
<location filename="../../app/session_looks.py"/>
<source>The model file cannot be used</source>
<translation>Die Modelldatei kann nicht verwendet werden</translation>
</message>
<message>
<location filename="../../app/session_photo.py"/>
<source>CPU, {count} core</source>
<translation>CPU, {count} Kern</translation>
</message>
<message>
<location filename="../../app/session_photo.py"/>
<source>CPU, {count} cores</source>
<translation>CPU, {count} Kerne</translation>
</message>
<message>
<location filename="../../app/session_photo.py"/>
<source>The photo was replaced</source>
<translation>Das Foto wurde ersetzt</translation>
</message>
<message>
<location filename="../../app/session_photo.py"/>
<source>{name} is {width} x {height} pixels now; its boxes were made on {old_width} x {old_height}.</source>
<translation>{name} hat jetzt {width} x {height} Pixel; die Rahmen darauf entstanden bei {old_width} x {old_height}.</translation>
</message>
<message>
<location filename="../../app/threads.py"/>
<source>A fault in Moltbox: {fault}. Help ▸ Copy diagnostics takes the details along.</source>
<translation>Ein Fehler in Moltbox: {fault}. Hilfe ▸ Diagnose kopieren nimmt die Einzelheiten mit.</translation>
</message>
<message>
<location filename="../../app/threshold_scope.py"/>
<source>Not kept for the next time</source>
<translation>Nicht für das nächste Mal behalten</translation>
</message>
<message>
<location filename="../../app/top_bar.py"/>
<source>Open recent</source>
<translation>Zuletzt geöffnet</translation>
</message>
<message>
<location filename="../../app/top_bar.py"/>
<source>Pre-label</source>
<translation>Vorschlagen</translation>
</message>
<message>
<location filename="../../app/top_bar.py"/>
<source>Train</source>
<translation>Trainieren</translation>
</message>
<message>
<location filename="../../app/training/desk.py"/>
<source>A training was not finished</source>
<translation>Ein Training ist nicht fertig</translation>
</message>
<message>
<location filename="../../app/training/desk.py"/>
<source>Compare it before you use it.</source>
<translation>Vergleichen Sie es, bevor Sie es benutzen.</translation>
</message>
<message>
<location filename="../../app/training/desk.py"/>
<source>The training cannot be started</source>
<translation>Das Training kann nicht beginnen</translation>
</message>
<message>
<location filename="../../app/training/desk.py"/>
<source>The two models could not be compared</source>
<translation>Die beiden Modelle konnten nicht verglichen werden</translation>
</message>
<message>
<location filename="../../app/training/desk.py"/>
<source>{name} is trained</source>
<translation>{name} ist trainiert</translation>
</message>
<message>
<location filename="../../app/training/desk.py"/>
<source>{name} stands at epoch {epoch:.3g} of {epochs:.3g}.</source>
<translation>{name} steht bei Epoche {epoch:.3g} von {epochs:.3g}.</translation>
</message>
<message>
<location filename="../../app/training/own_models.py"/>
<source>Back to {model}</source>
<translation>Zurück zu {model}</translation>
</message>
<message>
<location filename="../../app/training/own_models.py"/>
<source>One model after the other</source>
<translation>Ein Modell nach dem anderen</translation>
</message>
<message>
<location filename="../../app/training/own_models.py"/>
<source>The model was not taken over</source>
<translation>Das Modell wurde nicht übernommen</translation>
</message>
<message>
<location filename="../../app/training/own_models.py"/>
<source>Use {model}</source>
<translation>{model} benutzen</translation>
</message>
<message>
<location filename="../../app/training/own_models.py"/>
<source>{model} cannot be used</source>
<translation>{model} lässt sich nicht benutzen</translation>
</message>
<message>
<location filename="../../app/training/own_models.py"/>
<source>{model} is still being loaded. Do it again in a moment.</source>
<translation>{model} wird noch geladen. Gleich noch einmal.</translation>
</message>
<message>
<location filename="../../app/training/own_models.py"/>
<source>{path} is no longer there. Choose a model file instead.</source>
<translation>{path} ist nicht mehr da. Wählen Sie stattdessen eine Modelldatei.</translation>
</message>
<message>
<location filename="../../app/training/plan_job.py"/>
<source>{program} cannot be started: {reason}.</source>
<translation>{program} lässt sich nicht starten: {reason}.</translation>
</message>
<message>
<location filename="../../app/training/plan_words.py"/>
<source>Learns from {photos} in {classes}.</source>
<translation>Lernt aus {photos} in {classes}.</translation>
</message>
<message>
<location filename="../../app/training/plan_words.py"/>
<source>No photo has a label: put photos of a class into a folder, or say what they show (Shift+L).</source>
<translation>Kein Foto hat eine Angabe: Legen Sie Fotos einer Klasse in einen Ordner, oder sagen Sie, was sie zeigen (Umschalt+L).</translation>
</message>
<message>
<location filename="../../app/training/plan_words.py"/>
<source>There is one class only ({name}): a model learns by telling classes apart.</source>
<translation>Es gibt nur eine Klasse ({name}): Ein Modell lernt, indem es Klassen unterscheidet.</translation>
</message>
<message>
<location filename="../../app/training/plan_words.py"/>
<source>Too few photos of {names}: {count} or more are needed.</source>
<translation>Zu wenige Fotos von {names}: {count} oder mehr sind nötig.</translation>
</message>
<message>
<location filename="../../app/training/plan_words.py"/>
<source>With boxes on some photos, old and new could be compared. Review a few first.</source>
<translation>Mit Rahmen auf einigen Fotos ließen sich alt und neu vergleichen. Prüfen Sie erst ein paar.</translation>
</message>
<message>
<location filename="../../app/training/plan_words.py"/>
<source>Your boxes: {calibrating} to fit the threshold. None can be held out: a class needs {count} photos to spare one, so old and new are not compared.</source>
<translation>Ihre Rahmen: {calibrating} zum Einstellen der Schwelle. Keines lässt sich zurückhalten: Eine Klasse braucht {count} Fotos, um eines zu entbehren; alt und neu werden nicht verglichen.</translation>
</message>
<message>
<location filename="../../app/training/plan_words.py"/>
<source>Your boxes: {scored} held out to score old and new, {calibrating} to fit the threshold.</source>
<translation>Ihre Rahmen: {scored} zurückgehalten, um alt und neu zu messen, {calibrating} zum Einstellen der Schwelle.</translation>
</message>
<message>
<location filename="../../app/training/plan_words.py"/>
<source>all set by hand</source>
<translation>alle von Hand gesetzt</translation>
</message>
<message>
<location filename="../../app/training/plan_words.py"/>
<source>folder names</source>
<translation>Ordnernamen</translation>
</message>
<message>
<location filename="../../app/training/plan_words.py"/>
<source>folder names, {count} set by hand</source>
<translation>Ordnernamen, {count} von Hand gesetzt</translation>
</message>
<message>
<location filename="../../app/training/plan_words.py"/>
<source>{count} classes have fewer than {least} photos; more works better.</source>
<translation>{count} Klassen haben weniger als {least} Fotos; mehr sind besser.</translation>
</message>
<message>
<location filename="../../app/training/plan_words.py"/>
<source>{count} photo cannot be read and is left out: {names}</source>
<translation>{count} Foto ist nicht lesbar und bleibt weg: {names}</translation>
</message>
<message>
<location filename="../../app/training/plan_words.py"/>
<source>{count} photos cannot be read and are left out: {names}</source>
<translation>{count} Fotos sind nicht lesbar und bleiben weg: {names}</translation>
</message>
<message>
<location filename="../../app/training/plan_words.py"/>
<source>{names} and {count} more</source>
<translation>{names} und {count} weitere</translation>
</message>
<message>
<location filename="../../app/training/plan_words.py"/>
<source>{name} has {count} photos; {least} or more works better.</source>
<translation>{name} hat {count} Fotos; {least} oder mehr sind besser.</translation>
</message>
<message>
<location filename="../../app/training/process.py"/>
<source>The training ended without a word (exit code {code}).</source>
<translation>Das Training endete ohne ein Wort (Exit-Code {code}).</translation>
</message>
<message>
<location filename="../../app/training/process.py"/>
<source>{program} is not there any more. Ctrl+T looks for another Python.</source>
<translation>{program} ist nicht mehr da. Strg+T sucht ein anderes Python.</translation>
</message>
<message>
<location filename="../../app/training/python.py"/>
<source>{python} (Python {version}) has no Moltbox.</source>
<translation>{python} (Python {version}) hat kein Moltbox.</translation>
</message>
<message>
<location filename="../../app/training/python.py"/>
<source>{python} (Python {version}) lacks {names}.</source>
<translation>{python} (Python {version}) hat {names} nicht.</translation>
</message>
<message>
<location filename="../../app/training/python.py"/>
<source>{python} cannot be started.</source>
<translation>{python} lässt sich nicht starten.</translation>
</message>
<message>
<location filename="../../app/training/python.py"/>
<source>{python} did not answer.</source>
<translation>{python} hat nicht geantwortet.</translation>
</message>
<message>
<location filename="../../app/training/python.py"/>
<source>{python} has Moltbox {theirs}; this window is {ours}.</source>
<translation>{python} hat Moltbox {theirs}; dieses Fenster ist {ours}.</translation>
</message>
<message>
<location filename="../../app/training/python.py"/>
<source>{python} is Python {version}; {least} or newer is needed.</source>
<translation>{python} ist Python {version}; nötig ist {least} oder neuer.</translation>
</message>
<message>
<location filename="../../app/training/python.py"/>
<source>{python} is no Python.</source>
<translation>{python} ist kein Python.</translation>
</message>
<message>
<location filename="../../app/training/troubles.py"/>
<source>Memory is short: {count} photos at a time from now on. It takes longer and learns the same.</source>
<translation>Der Speicher ist knapp: ab jetzt {count} Fotos auf einmal. Es dauert länger und lernt dasselbe.</translation>
</message>
<message>
<location filename="../../app/training/troubles.py"/>
<source>Memory is too small even for one photo at a time. Train with Quick.</source>
<translation>Der Speicher reicht nicht einmal für ein Foto auf einmal. Trainieren Sie mit Schnell.</translation>
</message>
<message>
<location filename="../../app/training/troubles.py"/>
<source>Memory ran out. Close other programs and go on, or train with Quick.</source>
<translation>Der Speicher ging aus. Schließen Sie andere Programme und fahren Sie fort, oder trainieren Sie mit Schnell.</translation>
</message>
<message>
<location filename="../../app/training/troubles.py"/>
<source>The Python that trains has no {name} any more. Ctrl+T looks for another one.</source>
<translation>Das Python zum Trainieren hat {name} nicht mehr. Strg+T sucht ein anderes.</translation>
</message>
<message>
<location filename="../../app/training/troubles.py"/>
<source>The disk is full. Make room and go on; what was saved is kept.</source>
<translation>Die Platte ist voll. Schaffen Sie Platz und fahren Sie fort; was gesichert war, ist erhalten.</translation>
</message>
<message>
<location filename="../../app/training/troubles.py"/>
<source>The system ended the training, most likely because memory ran out. Close other programs and go on.</source>
<translation>Das System hat das Training beendet, wahrscheinlich weil der Speicher ausging. Schließen Sie andere Programme und fahren Sie fort.</translation>
</message>
<message>
<location filename="../../app/training/troubles.py"/>
<source>The training broke off by a fault of its own: {words}</source>
<translation>Das Training brach durch einen eigenen Fehler ab: {words}</translation>
</message>
<message>
<location filename="../../app/voc_mirror.py"/>
<source>A VOC file is not kept in step</source>
<translation>Eine VOC-Datei wird nicht mitgeführt</translation>
</message>
<message>
<location filename="../../app/voc_mirror.py"/>
<source>Moltbox leaves such files as they are.</source>
<translation>Moltbox lässt solche Dateien, wie sie sind.</translation>
</message>
<message>
<location filename="../../app/widgets/floats.py"/>
<source>Dismiss</source>
<translation>Schließen</translation>
</message>
<message>
<location filename="../../app/widgets/floats.py"/>
<source>Dismiss this message</source>
<translation>Diese Meldung schließen</translation>
</message>
<message>
<location filename="../../app/window.py"/>
<source>A fault in Moltbox</source>
<translation>Ein Fehler in Moltbox</translation>
</message>
<message>
<location filename="../../app/window.py"/>
<source>Moltbox crashed the last time</source>
<translation>Moltbox ist beim letzten Mal abgestürzt</translation>
</message>
<message>
<location filename="../../app/window.py"/>
<source>What was shown as decided is saved. Where it stood is in {file}.</source>
<translation>Was als entschieden angezeigt wurde, ist gespeichert. An welcher Stelle, steht in {file}.</translation>
</message>
<message>
<location filename="../../app/window_acts.py"/>
<source>Choose a model file</source>
<translation>Modelldatei wählen</translation>
</message>
<message>
<location filename="../../app/window_acts.py"/>
<source>Moltbox models</source>
<translation>Moltbox-Modelle</translation>
</message>
<message>
<location filename="../../app/window_acts.py"/>
<source>Redo</source>
<translation>Wiederholen</translation>
</message>
<message>
<location filename="../../app/window_acts.py"/>
<source>Redo: {act}</source>
<translation>Wiederholen: {act}</translation>
</message>
<message>
<location filename="../../app/window_acts.py"/>
<source>The demo cannot be started</source>
<translation>Die Demo kann nicht gestartet werden</translation>
</message>
<message>
<location filename="../../app/window_acts.py"/>
<source>Undo</source>
<translation>Rückgängig</translation>
</message>
<message>
<location filename="../../app/window_acts.py"/>
<source>Undo: {act}</source>
<translation>Rückgängig: {act}</translation>
</message>
</context>
</TS>
