//! The blocks of command lines in pages of Markdown.

/// Languages of blocks with commands: `sh` has only commands, `console` has commands after `$ ` and their output.
const SHELLS: [&str; 2] = ["sh", "console"];
/// The beginnings of lines that look like commands.
const COMMANDS: [&str; 5] = ["$ ", "witgen ", "witgen-serve ", "cargo ", "scripts/"];
/// The beginning of a word that names the folder in which a block's commands are run.
const FOLDER: &str = "in=";
/// The beginning of a word that names the file whose content a block is.
const FILE: &str = "file=";

/// A fenced block of a page.
#[derive(Debug)]
pub struct Block {
    /// The number of its first line.
    pub line: usize,
    pub language: String,
    /// What follows the language; no reader sees it.
    words: Vec<String>,
    pub text: String,
}

/// A command, and the output that the page shows.
#[derive(Debug, PartialEq, Eq)]
pub struct Command {
    pub line: String,
    pub output: Option<String>,
}

/// Returns the fenced blocks of a page.
pub fn of_page(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let Some(info) = line.trim_start().strip_prefix("```") else {
            continue;
        };
        let indent = line.len() - line.trim_start().len();
        let is_inside = |line: &&str| line.trim() != "```";
        let text: Vec<_> = lines
            .by_ref()
            .map(|(_, line)| line)
            .take_while(is_inside)
            .map(|line| line.get(indent..).unwrap_or_default())
            .collect();
        let mut words = info.split_whitespace().map(str::to_owned);
        blocks.push(Block {
            line: at + 2,
            language: words.next().unwrap_or_default(),
            words: words.collect(),
            text: text.join("\n"),
        });
    }
    blocks
}

impl Block {
    /// Whether its language says that it contains commands.
    pub fn has_commands(&self) -> bool {
        SHELLS.contains(&self.language.as_str())
    }

    /// Whether it looks like commands, whatever its language.
    pub fn looks_like_commands(&self) -> bool {
        COMMANDS.iter().any(|command| self.text.starts_with(command))
    }

    /// Whether no test runs it.
    pub fn is_example(&self) -> bool {
        self.words.iter().any(|word| word == "example")
    }

    /// Returns words after its language that mean nothing.
    pub fn unknown_words(&self) -> Vec<&str> {
        let words = self.words.iter().map(String::as_str);
        words.filter(|word| *word != "example" && !word.starts_with(FOLDER)).collect()
    }

    /// Returns the folder in which its commands are run, if that is another one than before.
    pub fn folder(&self) -> Option<&str> {
        self.words.iter().find_map(|word| word.strip_prefix(FOLDER))
    }

    /// Returns the path of the file whose content it is, if a reader is to write it.
    pub fn file(&self) -> Option<&str> {
        self.words.iter().find_map(|word| word.strip_prefix(FILE))
    }

    /// Returns its commands. A `\` at the end of a line continues a command.
    pub fn commands(&self) -> Vec<Command> {
        let mut commands: Vec<Command> = Vec::new();
        let text = self.text.replace("\\\n", "");
        for line in text.lines() {
            let is_console = self.language == "console";
            let command = if is_console {
                line.strip_prefix("$ ")
            } else {
                Some(line)
            };
            match (command, commands.last_mut()) {
                (Some(line), _) if line.trim().is_empty() => {}
                (Some(line), _) => commands.push(Command {
                    line: line.to_owned(),
                    output: is_console.then(String::new),
                }),
                (None, Some(Command { output, .. })) => {
                    *output.get_or_insert_default() += &format!("{line}\n");
                }
                (None, None) => {}
            }
        }
        commands
    }
}

#[test]
fn blocks_are_read_with_their_commands() {
    let page = "# A\n\n```sh in=../b example\na \\\n  b   # c\n\nd\n```\n\n- x\n\n  ```console\n  $ e\n  f\n  g\n  ```\n\n```wit\nworld w {}\n```\n";
    let blocks = of_page(page);
    let command = |line: &str, output: Option<&str>| Command {
        line: line.to_owned(),
        output: output.map(str::to_owned),
    };
    assert_eq!(blocks.len(), 3);
    assert_eq!((blocks[0].line, blocks[0].folder()), (4, Some("../b")));
    assert!(blocks[0].is_example() && blocks[0].unknown_words().is_empty());
    assert_eq!(
        blocks[0].commands(),
        [command("a   b   # c", None), command("d", None)]
    );
    assert_eq!(blocks[1].commands(), [command("e", Some("f\ng\n"))]);
    assert!(!blocks[2].has_commands());
}
